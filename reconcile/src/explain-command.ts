import { setTimeout as sleep } from 'node:timers/promises';
import { nameCommandsFor } from 'contracts/commands';
import { type ExitCode, exitCode } from 'service-kit/command-errors';
import { type Colour, type Command, command, json, print, runs } from 'service-kit/command-line';
import { CannotCompare } from './cannot-compare';
import { type ExplainConfig, readExplainConfig } from './config';
import { explain as explainAt, type Explanation } from './explain/explanation';
import { gather } from './explain/gather';
import { readSubject, type Subject } from './explain/subject';
import type { Replica } from './replica';
import { standstillBefore } from './waiting';
import { explanationOf, explanationText } from './explain/text';

/** How often it looks again, so that an event that is merely on its way does not look lost. */
const looks = 4;
const betweenLooksMs = 1_000;

export const explain: Command = command(
  'explain',
  `where every cent of a total comes from

Hop by hop: PostgreSQL's row, its event in the outbox, the record in Kafka, the version that the views have
applied, what it adds. Where the chain is broken it prints the command that repairs it.

Ends with 0: right, 1: something is wrong, 2: cannot tell, as while events wait, 3: there is no such order.`,
)
  .argument('<kind>', 'product, order, customer or category')
  .argument('<id>', 'of a category its name')
  .addOption(json());

runs(explain, async (kind: string, id: string, options: { json: boolean }): Promise<ExitCode> => {
  const subject = readSubject(kind, id);
  const config = readExplainConfig();
  nameCommandsFor(config.runBy);
  let code: ExitCode = exitCode.well;
  for (const replica of config.replicas) {
    const explanation = await explainPatiently(replica, config, subject).catch(withCause(replica));
    if (!options.json && config.replicas.length > 1) print(replica.url);
    const text = options.json
      ? JSON.stringify(explanationOf(explanation))
      : explanationText(explanation);
    print(text, colourOf);
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
    const explanation = explainAt(subject, await gather(replica, config, subject));
    if (codeOf(explanation) === exitCode.well || look === looks) return explanation;
    await sleep(betweenLooksMs);
  }
}

function codeOf({ faults, waiting }: Explanation): ExitCode {
  if (faults.length > 0) return exitCode.found;
  return waiting === null ? exitCode.well : exitCode.noAnswer;
}

/** Adds to the error of a part that does not answer what holds up events, as far as other parts know. */
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

function colourOf(line: string): Colour | undefined {
  if (line.startsWith('right')) return 'green';
  return line.endsWith('WRONG') || line.startsWith('    → ') ? 'red' : undefined;
}
