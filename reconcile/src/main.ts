import { parseArgs } from 'node:util';
import { CannotCompare } from './cannot-compare';
import { type ExitCode, exitCode, runToExit, UsageError } from './command-line';
import { readAuditConfig } from './config';
import { reconcile } from './reconcile';
import { verdictJson, verdictText } from './report';
import { tellVerified } from './verified';

const usage = `npm run reconcile [-- --deadline <seconds>] [-- --json] [-- --candidate]

Compares every replica of the query service with PostgreSQL, aggregate by aggregate and view by view,
while everything goes on working. A version that is on its way is waited for, 10 seconds by default.
Names what differs, with both versions, and the commands that mend it.
A replica that is in doubt of its views since a resume says \`incomplete\` no more when everything is equal.
With --candidate, it compares the file that a rebuild makes ready (\`npm run consumption -- rebuild --hold\`).

Ends with 0: equal, 1: differences, 2: could not compare, 64: wrong arguments.`;

void runToExit(async (): Promise<ExitCode> => {
  const { deadline, json, help, candidate } = readArguments();
  if (help) {
    console.log(usage);
    return exitCode.right;
  }
  const { database, replicas, inContainer } = readAuditConfig();
  let code: ExitCode = exitCode.right;
  for (const replica of replicas) {
    try {
      const of = candidate ? 'candidate' : 'serving';
      const verdict = await reconcile(replica, database, deadline * 1_000, null, undefined, of);
      const verified = await tellVerified(replica, verdict);
      console.log((json ? verdictJson : verdictText)(verdict, inContainer));
      if (verified && !json)
        console.log('           its answers are no longer `incomplete` for want of this');
      if (verdict.findings.count > 0 && code === exitCode.right) code = exitCode.different;
    } catch (error) {
      // The other replicas can still be compared.
      if (!(error instanceof CannotCompare)) throw error;
      console.error(`could not compare: ${error.message}`);
      code = exitCode.cannotTell;
    }
  }
  return code;
});

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
    const deadline = Number(values.deadline);
    if (!(deadline >= 0)) throw new Error(`--deadline takes seconds, not ${values.deadline}`);
    return { ...values, deadline };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}
