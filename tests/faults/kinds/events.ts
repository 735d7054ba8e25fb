import { randomUUID } from 'node:crypto';
import { until } from 'local/until';
import type { Message } from 'kafkajs';
import type { LocalStack } from '../../support/local-stack';
import type { Fault, Injected, Scene } from '../fault';
import { produce } from '../kafka';
import { operate } from '../operator';
import { asMessage, outboxOf, withHeaders } from '../outbox-events';
import { positions } from '../positions';
import { familyOf, signalAll } from '../processes';
import { Violation } from '../violation';
import type { KnownOrder } from '../workload/ledger';

const deadlineMs = 90_000;
const topic = 'order-events';
const needs = ['kafka', 'query-service', 'command-service', 'postgres'];

export const eventFaults: Fault[] = [
  {
    // Heals by itself: the order's real next version is newer than what cannot be read.
    name: 'event: poison',
    disturbs: ['events'],
    needs,
    inject: (scene) =>
      parked(
        scene,
        (event) => ({ ...event, value: '{"orderId": "not an order"' }),
        (order) => scene.workload.changeStatus(order, 'SHIPPED'),
      ),
  },
  {
    name: 'event: of an unknown type',
    disturbs: ['events'],
    needs,
    inject: (scene) => parked(scene, (event) => withHeaders(event, { eventType: 'OrderAdmired' })),
  },
  {
    name: 'event: of a newer schema version',
    disturbs: ['events'],
    needs,
    inject: (scene) => parked(scene, (event) => withHeaders(event, { schemaVersion: '99' })),
  },
  {
    name: 'event: of another source',
    disturbs: ['events'],
    needs,
    inject: (scene) => parked(scene, (event) => withHeaders(event, { sourceId: randomUUID() })),
  },
  {
    name: 'event: out of order and repeated',
    disturbs: ['events', 'connect', 'connector'],
    needs,
    inject: outOfOrder,
  },
];

/** An event that the query service cannot read. @param heal by default the operator discards it */
async function parked(
  { system, workload }: Scene,
  spoil: (event: Message) => Message,
  heal?: (order: KnownOrder) => Promise<void>,
): Promise<Injected> {
  const { stack } = system;
  const order = await workload.placeOrderNow(deadlineMs);
  const [row] = await outboxOf(stack, order);
  if (row === undefined) throw new Error(`order ${order.id} has no event`);
  const [record = ''] = await produce(stack.bootstrapServers, topic, [
    spoil(asMessage(order, { ...row, version: row.version + 1 })),
  ]);
  const path = `/dead-letters/${record.replace(/^(.*)\/(\d+@\d+)$/, '$1/$2')}`;
  return {
    happened: async () => {
      const deadLetter = await fetch(stack.queryAdmin + path);
      if (deadLetter.status !== 200) {
        throw new Violation(
          'F',
          `${record} cannot be read, and is not parked: ${deadLetter.status}`,
        );
      }
      const { reason } = (await deadLetter.json()) as { reason: string };
      return `${record} is parked: ${reason}`;
    },
    repair: async () => {
      if (heal === undefined) {
        await operate(
          system,
          'dead-letters',
          '--',
          'discard',
          record,
          '--reason',
          'a foreign event',
        );
      } else await heal(order);
    },
  };
}

/** While the relay stands still, versions 3, 2, 1 of an order come first; then the relay brings 2 and 3. */
async function outOfOrder({ system: { stack }, workload }: Scene): Promise<Injected> {
  const order = await workload.placeOrderNow(deadlineMs);
  const connect = familyOf(await until(() => stack.runningPid('connect'), deadlineMs));
  signalAll(connect, 'SIGSTOP');
  const end = (): void => signalAll(connect, 'SIGCONT');
  try {
    await workload.changeStatus(order, 'SHIPPED');
    await workload.changeStatus(order, 'DELIVERED');
    const rows = await outboxOf(stack, order);
    const newestFirst = rows.toSorted((a, b) => b.version - a.version);
    const messages = newestFirst.map((row) => asMessage(order, row));
    const records = await produce(stack.bootstrapServers, topic, messages);
    return {
      happened: async () => {
        const unread = await unreadOf(records, stack);
        if (unread !== undefined) throw new Error(`${unread} has not been read`);
        return `versions ${newestFirst.map(({ version }) => version).join(', ')} stand at ${records.join(', ')}`;
      },
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** The first of the records, each `topic/partition@offset`, that the query service is not past. */
async function unreadOf(records: string[], stack: LocalStack): Promise<string | undefined> {
  const past = await positions(stack);
  return records.find((record) => {
    const [partition = '', offset] = record.split('@');
    return (past.get(partition) ?? -1) < Number(offset);
  });
}
