import { nameCommandsFor } from 'contracts/commands';
import { type ExitCode, exitCode, UsageError } from 'service-kit/command-errors';
import {
  type Colour,
  type Command,
  command,
  complain,
  json,
  print,
  runs,
} from 'service-kit/command-line';
import { decimal } from 'service-kit/environment';
import { CannotCompare } from './cannot-compare';
import { readAuditConfig } from './config';
import { reconcile as compare, type Verdict } from './reconcile';
import { verdictJson, verdictText } from './report';
import { tellVerified } from './verified';

interface Options {
  readonly deadline: string;
  readonly json: boolean;
  readonly candidate: boolean;
}

export const reconcile: Command = command(
  'reconcile',
  `the views against PostgreSQL, to the cent

Compares every replica of the query service with PostgreSQL, aggregate by aggregate and view by view,
while everything goes on working. Names what differs, with both versions, and the commands that mend it.
A replica that is in doubt of its views since a resume says \`incomplete\` no more when everything is equal.

Events that stand on the way, as behind a stopped connector, are no differences: it says how many wait, behind what
and what ends that.

Ends with 0: equal, 1: differences, 2: could not compare, or not all because events wait.`,
)
  .option('--deadline <seconds>', 'how long a version that is on its way is waited for', '10')
  .option('--candidate', 'compare the file that a held rebuild makes ready', false)
  .addOption(json());

runs(reconcile, async (options: Options): Promise<ExitCode> => {
  const { json, candidate } = options;
  const deadline = decimal(options.deadline);
  if (!(deadline >= 0)) throw new UsageError(`--deadline takes seconds, not ${options.deadline}`);
  const { database, replicas, runBy } = readAuditConfig();
  nameCommandsFor(runBy);
  let code: ExitCode = exitCode.well;
  for (const replica of replicas) {
    try {
      const verdict = await compare({
        replica,
        database,
        deadlineMs: deadline * 1_000,
        file: candidate ? 'candidate' : 'serving',
      });
      const verified = await tellVerified(replica, verdict);
      print((json ? verdictJson : verdictText)(verdict), colourOf);
      if (verified && !json)
        print('           its answers are no longer `incomplete` for want of this');
      code = Math.max(code, codeOf(verdict)) as ExitCode;
    } catch (error) {
      // Go on, because the other replicas can still be compared.
      if (!(error instanceof CannotCompare)) throw error;
      complain(`could not compare: ${error.message}`);
      code = exitCode.noAnswer;
    }
  }
  return code;
});

function codeOf({ findings, waiting }: Verdict): ExitCode {
  if (findings.count > 0) return exitCode.found;
  return waiting === null ? exitCode.well : exitCode.noAnswer;
}

const colours: Record<string, Colour> = { equal: 'green', WAITING: 'yellow', DIFFERENT: 'red' };
const colourOf = (line: string): Colour | undefined => colours[line.split(' ', 1)[0] ?? ''];
