import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ExitCode, exitCode, runToExit, UsageError } from './command-line';
import { type ExplainConfig, readExplainConfig, type Replica } from './config';
import { explain, type Explanation } from './explain/explanation';
import { gather } from './explain/gather';
import { readSubject, type Subject, usage } from './explain/subject';
import { explanationJson, explanationText } from './explain/text';

/** An event that is merely on its way must not look like a lost one. */
const looks = 4;
const betweenLooksMs = 1_000;

void runToExit(async (): Promise<ExitCode> => {
  const { subject, json } = readArguments();
  const config = readExplainConfig();
  const { inContainer } = config;
  let code: ExitCode = exitCode.right;
  for (const replica of config.replicas) {
    const explanation = await explainPatiently(replica, config, subject);
    if (!json && config.replicas.length > 1) console.log(replica.url);
    console.log((json ? explanationJson : explanationText)(explanation, inContainer));
    if (explanation.faults.length > 0) code = exitCode.different;
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
    if (explanation.faults.length === 0 || look === looks) return explanation;
    await sleep(betweenLooksMs);
  }
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
