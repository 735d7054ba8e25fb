import { query } from 'local/query';
import { until } from 'local/until';
import type { LocalStack } from '../../support/local-stack';
import type { Fault, Injected, Scene } from '../fault';
import { slotReader } from '../slot';

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
];

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

async function rest(stack: LocalStack, method: string, path: string): Promise<string> {
  const answer = await fetch(stack.connect + path, { method, signal: AbortSignal.timeout(20_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text;
}
