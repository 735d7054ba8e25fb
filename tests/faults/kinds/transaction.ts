import { until } from 'local/until';
import type { Fault, Scene } from '../fault';
import { withAdmin } from '../../../kafka-client/test/support/plain-client';
import { type OpenTransaction, openTransaction } from '../kafka';
import { firstEventOf } from '../outbox-events';

const deadlineMs = 90_000;
const topic = 'order-events';
const needs = ['kafka', 'command-service', 'postgres', 'connect', 'connector', 'relay-keeper'];
/** As many have come behind the open transaction: the relay's own go on. */
const watermarksBehind = 3;

/**
 * A transaction of a foreign program on one partition: nobody who reads committed records gets past it,
 * while the relay's events of the other partitions, and its watermarks, go on. What stands behind it is
 * unread, so no answer may claim to include it.
 */
export const transactionFaults: Fault[] = [
  {
    name: 'transaction: left open',
    // Its end needs the broker, too.
    disturbs: ['events', 'kafka'],
    needs,
    // Longer than any fault: it does not end by itself.
    inject: (scene) => hanging(scene, 300_000, (transaction) => transaction.abort()),
  },
  {
    // Nobody ends it but the broker, when its time is up.
    name: 'transaction: its producer dies',
    disturbs: ['events'],
    needs,
    inject: (scene) => hanging(scene, 15_000),
  },
];

async function hanging(
  { system: { stack }, workload }: Scene,
  timeoutMs: number,
  end?: (transaction: OpenTransaction) => Promise<void>,
) {
  const brokers = stack.bootstrapServers;
  const order = await workload.placeOrderNow(deadlineMs);
  // What the relay has written already: should it ever count, it changes nothing.
  const event = await firstEventOf(stack, order);
  const transaction = await until(
    () => openTransaction(brokers, topic, event, timeoutMs),
    deadlineMs,
  );
  if (end === undefined) await transaction.die();
  const { partition, offset } = transaction;
  const before = await endOf(brokers, 'watermarks', 0);
  return {
    happened: async () => {
      const stands = await endOf(brokers, topic, partition);
      if (stands !== offset) {
        throw new Error(`${topic}/${partition} ends at ${stands}, not at ${offset}`);
      }
      const watermarks = (await endOf(brokers, 'watermarks', 0)) - before;
      if (watermarks < watermarksBehind) throw new Error(`${watermarks} watermarks have come`);
      return `committed records of ${topic}/${partition} end at ${offset}; watermarks go on`;
    },
    ...(end && { end: () => end(transaction) }),
  };
}

/** The last stable offset of a partition, which an open transaction holds back. */
async function endOf(brokers: string, topic: string, partition: number): Promise<number> {
  const ends = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(topic));
  const end = ends.find((one) => one.partition === partition);
  if (end === undefined) throw new Error(`${topic} has no partition ${partition}`);
  return Number(end.high);
}
