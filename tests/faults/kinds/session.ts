import { query } from 'local/query';
import { until } from 'local/until';
import type { LocalStack } from '../../support/local-stack';
import type { Fault } from '../fault';
import { neededToShow, shown } from '../shown';
import { Violation } from '../violation';

const deadlineMs = 90_000;

/** What an administrator may have set for a role, and what changes the meaning of somebody's SQL. */
const hostile = {
  datestyle: 'SQL, DMY',
  timezone: 'Asia/Kathmandu',
  intervalstyle: 'sql_standard',
  bytea_output: 'escape',
  extra_float_digits: '-3',
  standard_conforming_strings: 'off',
  default_transaction_isolation: 'serializable',
  search_path: 'pg_temp',
};

const roles = ['command_service', 'relay'];

/** Settings of a role apply to each new session of it, whoever opens it. */
export const sessionFaults: Fault[] = [
  ...roles.map(hostileSettings),
  {
    // An administrator wants nothing to be written: commands are refused, and readiness says so.
    name: 'session: read-only of command_service',
    disturbs: ['command-service'],
    needs: ['postgres'],
    inject: async ({ system: { stack } }) => {
      await alter(stack, 'command_service', ['SET default_transaction_read_only = on']);
      return {
        happened: async () => {
          const answer = await fetch(`${stack.commands}/health/ready`);
          if (answer.status === 200) {
            throw new Violation('E', 'nothing can be written, and the command service is ready');
          }
          return await answer.text();
        },
        end: () => alter(stack, 'command_service', ['RESET ALL']),
      };
    },
  },
];

function hostileSettings(role: string): Fault {
  return {
    name: `session: hostile settings of ${role}`,
    disturbs: [`sessions of ${role}`],
    // Orders are placed, relayed and shown with them.
    needs: neededToShow,
    inject: async ({ system, workload }) => {
      const { stack } = system;
      const settings = Object.entries(hostile);
      await alter(
        stack,
        role,
        settings.map(([name, value]) => `SET ${name} = '${value}'`),
      );
      const order = await workload.placeOrderNow(deadlineMs);
      return {
        happened: async () => {
          await shown(system, order);
          return `the sessions of ${role} have begun with ${settings.length} of them; order ${order.id} is shown`;
        },
        end: () => alter(stack, role, ['RESET ALL']),
      };
    },
  };
}

/** And ends the role's sessions: the next ones begin with what is set now. The relay's own goes on by itself. */
function alter(stack: LocalStack, role: string, changes: readonly string[]): Promise<void> {
  return until(async () => {
    for (const change of changes) await query(stack.database, `ALTER ROLE ${role} ${change}`);
    await query(
      stack.database,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`,
      [role],
    );
  }, deadlineMs);
}
