import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { query } from 'local/query';
import { until } from 'local/until';
import type { LocalStack } from '../../support/local-stack';
import type { Fault } from '../fault';

const deadlineMs = 90_000;

/** Acknowledged commands that are lost would need another ledger: debezium/test/failover.test.ts loses some. */
export const promotionFaults: Fault[] = [
  {
    // It recovers to the end of its log, as a standby does that has got all of it, and is on another timeline then.
    name: 'postgres: promoted, nothing lost',
    disturbs: ['postgres', 'connector'],
    inject: async ({ system: { stack } }) => {
      const before = await until(() => serverOf(stack), deadlineMs);
      await until(
        () => query(stack.database, `ALTER SYSTEM SET restore_command = 'false'`),
        deadlineMs,
      );
      writeFileSync(join(before.data, 'recovery.signal'), '');
      process.kill(await until(() => stack.runningPid('postgres'), deadlineMs), 'SIGQUIT');
      return {
        happened: async () => {
          const { timeline } = await serverOf(stack);
          if (timeline <= before.timeline) throw new Error(`it is on timeline ${timeline}`);
          return `PostgreSQL went from timeline ${before.timeline} to ${timeline}`;
        },
      };
    },
  },
];

async function serverOf(stack: LocalStack): Promise<{ timeline: number; data: string }> {
  const [server] = await query<{ timeline: number; data: string }>(
    stack.database,
    `SELECT timeline::int, current_setting('data_directory') AS data FROM present_history()`,
  );
  if (server === undefined) throw new Error('PostgreSQL does not tell its timeline');
  return server;
}
