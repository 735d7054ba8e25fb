import { parseArgs } from 'node:util';
import { nameCommandsFor } from 'contracts/commands';
import { printableLines } from 'contracts/printable';
import { decimal } from 'service-kit/environment';
import { CannotCompare } from './cannot-compare';
import { type ExitCode, exitCode, runToExit, UsageError } from './command-line';
import { readAuditConfig } from './config';
import { reconcile, type Verdict } from './reconcile';
import { verdictJson, verdictText } from './report';
import { tellVerified } from './verified';

const usage = `usage: reconcile [--deadline <seconds>] [--json] [--candidate]

Compares every replica of the query service with PostgreSQL, aggregate by aggregate and view by view,
while everything goes on working. A version that is on its way is waited for, 10 seconds by default.
Names what differs, with both versions, and the commands that mend it.
A replica that is in doubt of its views since a resume says \`incomplete\` no more when everything is equal.
With --candidate, it compares the file that a held rebuild makes ready.

Events that stand on the way, as behind a stopped connector, are no differences: it says how many wait, behind what
and what ends that.

Ends with 0: equal, 1: differences, 2: could not compare, or not all because events wait, 64: wrong arguments.`;

void runToExit(async (): Promise<ExitCode> => {
  const { deadline, json, help, candidate } = readArguments();
  if (help) {
    console.log(usage);
    return exitCode.right;
  }
  const { database, replicas, runBy } = readAuditConfig();
  nameCommandsFor(runBy);
  let code: ExitCode = exitCode.right;
  for (const replica of replicas) {
    try {
      const verdict = await reconcile({
        replica,
        database,
        deadlineMs: deadline * 1_000,
        file: candidate ? 'candidate' : 'serving',
      });
      const verified = await tellVerified(replica, verdict);
      console.log(printableLines((json ? verdictJson : verdictText)(verdict)));
      if (verified && !json)
        console.log('           its answers are no longer `incomplete` for want of this');
      code = Math.max(code, codeOf(verdict)) as ExitCode;
    } catch (error) {
      // The other replicas can still be compared.
      if (!(error instanceof CannotCompare)) throw error;
      console.error(`could not compare: ${printableLines(error.message)}`);
      code = exitCode.cannotTell;
    }
  }
  return code;
});

function codeOf({ findings, waiting }: Verdict): ExitCode {
  if (findings.count > 0) return exitCode.different;
  return waiting === null ? exitCode.right : exitCode.cannotTell;
}

function readArguments(): {
  deadline: number;
  json: boolean;
  help: boolean;
  candidate: boolean;
} {
  try {
    const { values } = parseArgs({
      options: {
        deadline: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        candidate: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
    const deadline = decimal(values.deadline);
    if (!(deadline >= 0)) throw new Error(`--deadline takes seconds, not ${values.deadline}`);
    return { ...values, deadline };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}
