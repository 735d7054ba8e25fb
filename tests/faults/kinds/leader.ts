import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { until } from 'local/until';
import { seeded } from 'local/seeded';
import type { Fault, Injected, Scene } from '../fault';
import { withAdmin } from '../../../kafka-client/test/support/plain-client';
import { SecondBroker } from '../second-broker';

const deadlineMs = 90_000;
const topics = ['product-events', 'order-events', 'watermarks'];
const firstBroker = 1;
/** Each partition has moved there and back by then, on average. */
const enoughMoves = 26;
const betweenMs = 100;

/** Partitions move to a broker that has just come, and back, one after another, while they are written and read. */
export const leaderFaults: Fault[] = [
  {
    name: 'leader: moves to another broker and back',
    disturbs: ['events', 'kafka'],
    needs: ['kafka', 'connect', 'query-service'],
    inject: moving,
  },
];

async function moving({ system, workload }: Scene): Promise<Injected> {
  const { bootstrapServers } = system.stack;
  const second = await SecondBroker.start(system);
  const random = seeded(workload.ledger.orders.length);
  let moves = 0;
  let isMoving = true;
  const mover = withAdmin(bootstrapServers, async (admin) => {
    while (isMoving) {
      const partitions = await partitionsOf(admin);
      const one = partitions[random(partitions.length)];
      if (one === undefined) throw new Error('there is no partition to move');
      await move(admin, [one], one.leader === firstBroker ? second.id : firstBroker);
      moves++;
      await sleep(betweenMs);
    }
  });
  mover.catch(() => undefined);
  return {
    happened: async () => {
      // Not to wait for what has failed.
      if (moves < enoughMoves) {
        await Promise.race([mover, sleep(betweenMs)]);
        throw new Error(`${moves} partitions have moved`);
      }
      return `${moves} times another broker led a partition`;
    },
    end: async () => {
      isMoving = false;
      try {
        await mover;
        await withAdmin(bootstrapServers, async (admin) =>
          move(admin, await partitionsOf(admin), firstBroker),
        );
      } finally {
        await second.stop();
      }
    },
  };
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
}

async function partitionsOf(admin: Admin): Promise<Partition[]> {
  const metadata = await admin.fetchTopicMetadata({ topics });
  return metadata.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionId, leader }) => ({ topic: name, partition: partitionId, leader })),
  );
}

/** Their only copy goes to that broker. Resolves when it leads them. */
async function move(admin: Admin, partitions: readonly Partition[], to: number): Promise<void> {
  const moved = topics
    .map((topic) => ({
      topic,
      partitionAssignment: partitions
        .filter((one) => one.topic === topic)
        .map(({ partition }) => ({ partition, replicas: [to] })),
    }))
    .filter(({ partitionAssignment }) => partitionAssignment.length > 0);
  await admin.alterPartitionReassignments({ topics: moved });
  await until(async () => {
    const { topics: underWay } = await admin.listPartitionReassignments({});
    if (underWay.length > 0) throw new Error(`${underWay.length} topics still move`);
    const now = await partitionsOf(admin);
    const elsewhere = partitions.filter(
      ({ topic, partition }) =>
        now.find((one) => one.topic === topic && one.partition === partition)?.leader !== to,
    );
    if (elsewhere.length > 0) throw new Error(`${elsewhere.length} partitions are led elsewhere`);
  }, deadlineMs);
}
