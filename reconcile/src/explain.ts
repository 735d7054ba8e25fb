import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { nameCommandsFor } from 'contracts/commands';
import { printableLines } from 'contracts/printable';
import { CannotCompare } from './cannot-compare';
import { type ExitCode, exitCode, runToExit, UsageError } from './command-line';
import { type ExplainConfig, readExplainConfig, type Replica } from './config';
import { explain, type Explanation } from './explain/explanation';
import { gather } from './explain/gather';
import { readSubject, type Subject, usage } from './explain/subject';
import { standstillBefore } from './waiting';
import { explanationJson, explanationText } from './explain/text';

/** An event that is merely on its way must not look like a lost one. */
const looks = 4;
const betweenLooksMs = 1_000;

void runToExit(async (): Promise<ExitCode> => {
  const { subject, json } = readArguments();
  const config = readExplainConfig();
  nameCommandsFor(config.runBy);
  let code: ExitCode = exitCode.right;
  for (const replica of config.replicas) {
    const explanation = await explainPatiently(replica, config, subject).catch(withCause(replica));
    if (!json && config.replicas.length > 1) console.log(replica.url);
    console.log(printableLines((json ? explanationJson : explanationText)(explanation)));
    code = Math.max(code, codeOf(explanation)) as ExitCode;
  }
  return code;
});

async function explainPatiently(
  replica: Replica,
  config: ExplainConfig,
  subject: Subject,
): Promise<Explanation> {
  for (let look = 1; ; look++) {
    const explanation = explain(subject, await gather(replica, config, subject));
    if (codeOf(explanation) === exitCode.right || look === looks) return explanation;
    await sleep(betweenLooksMs);
  }
}

function codeOf({ faults, waiting }: Explanation): ExitCode {
  if (faults.length > 0) return exitCode.different;
  return waiting === null ? exitCode.right : exitCode.cannotTell;
}

/** Says of what cannot be asked also what holds events up, as far as others know. */
function withCause(replica: Replica): (error: unknown) => Promise<never> {
  return async (error) => {
    const standstill = error instanceof CannotCompare ? await standstillBefore(replica) : null;
    if (standstill === null) throw error;
    const { cause, cure } = standstill;
    throw new CannotCompare(
      `${(error as Error).message}\n${cause}${cure === null ? '' : `; ${cure}`}`,
    );
  };
}

function readArguments(): { subject: Subject; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    });
    return { subject: readSubject(positionals), json: values.json };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${String(error)}\n\n${usage}`);
  }
}
