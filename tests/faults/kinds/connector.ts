import { query } from 'local/query';
import { until } from 'local/until';
import type { LocalStack } from '../../support/local-stack';
import type { Fault, Injected, Scene } from '../fault';
import { request as rest } from '../connect-rest';
import { slotReader } from '../slot';
import { Violation } from '../violation';

const deadlineMs = 90_000;
const path = '/connectors/outbox-relay';
const needs = ['connect', 'kafka', 'postgres', 'relay-keeper'];

export const connectorFaults: Fault[] = [
  {
    name: 'connector: restarted with its task',
    disturbs: ['connector'],
    needs,
    inject: (scene) =>
      anotherReader(scene, async (stack) => {
        await rest(stack, 'POST', `${path}/restart?includeTasks=true`);
        return 'Connect accepted the restart';
      }),
  },
  {
    name: 'connector: deleted',
    disturbs: ['connector'],
    needs,
    inject: (scene) =>
      anotherReader(scene, async (stack) => {
        await rest(stack, 'DELETE', path);
        return 'Connect deleted it';
      }),
  },
  {
    // As docs tell the operator who wants everything emitted again (debezium/README.md).
    name: 'connector: its offsets reset',
    disturbs: ['connector'],
    needs,
    inject: (scene) =>
      anotherReader(scene, async (stack) => {
        await rest(stack, 'PUT', `${path}/stop`);
        try {
          const drop = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                        WHERE slot_name = 'relay'`;
          await until(() => query(stack.database, drop), deadlineMs);
          await until(() => rest(stack, 'DELETE', `${path}/offsets`), deadlineMs);
          const offsets = await rest(stack, 'GET', `${path}/offsets`);
          if (!offsets.includes('"offsets":[]')) throw new Error(`offsets are left: ${offsets}`);
        } finally {
          await until(() => rest(stack, 'PUT', `${path}/resume`), deadlineMs);
        }
        return 'Connect has no offsets';
      }),
  },
  {
    // By somebody who forgets it for a while: nothing is relayed, watermarks neither.
    name: 'connector: paused',
    disturbs: ['connector'],
    needs: ['connect', 'kafka', 'postgres', 'query-service', 'relay-keeper'],
    inject: paused,
  },
];

async function paused({ system: { stack } }: Scene): Promise<Injected> {
  await until(() => rest(stack, 'PUT', `${path}/pause`), deadlineMs);
  return {
    happened: async () => {
      const { tasks } = JSON.parse(await rest(stack, 'GET', `${path}/status`)) as {
        tasks: { state: string }[];
      };
      if (tasks.some(({ state }) => state !== 'PAUSED')) throw new Error('its task still runs');
      const { headers } = await fetch(`${stack.queries}/health/ready`);
      const state = headers.get('views-state');
      const asOf = headers.get('as-of');
      if (state === 'current') {
        throw new Violation('F', `nothing is relayed, and answers are current as of ${asOf}`);
      }
      return `its task is PAUSED, answers are ${state} as of ${asOf}`;
    },
    end: async () => void (await until(() => rest(stack, 'PUT', `${path}/resume`), deadlineMs)),
  };
}

/** Somebody else reads the slot afterwards: the task really was another one. */
async function anotherReader(
  { system: { stack } }: Scene,
  act: (stack: LocalStack) => Promise<string>,
): Promise<Injected> {
  const before = await until(async () => {
    const reader = await slotReader(stack);
    if (reader === null) throw new Error('nobody reads the slot before the fault');
    return reader;
  }, deadlineMs);
  const said = await until(() => act(stack), deadlineMs);
  return {
    happened: async () => {
      const now = await slotReader(stack);
      if (now === before) throw new Error(`${before} reads the slot as before`);
      return `${said}; the slot's reader ${before} is gone`;
    },
  };
}
