import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'local/until';
import type { Fault, Injected, Scene } from '../fault';
import { request } from '../connect-rest';
import { withAdmin } from '../../../kafka-client/test/support/plain-client';
import { setTopicConfig } from '../kafka';
import { npmRun, operate } from '../operator';
import { positions } from '../positions';
import { familyOf, signalAll } from '../processes';
import { shown } from '../shown';
import { partsWith } from '../system';
import { Violation } from '../violation';

const deadlineMs = 120_000;
const topic = 'order-events';
/** Orders whose events are surely lost. */
const unread = 3;
const needs = ['kafka', 'query-service', 'command-service', 'postgres', 'connect', 'relay-keeper'];

export const topicFaults: Fault[] = [
  {
    // With orders that are in it and that nobody has read. docs/broken-history.md: the keeper creates it again,
    // `resume`; what is missing is written again, and until then no answer may call itself current.
    name: 'topic: deleted',
    disturbs: ['events', 'connector'],
    needs,
    inject: (scene) =>
      deleted(scene, {
        // The reader sees that the records are gone.
        reason: /consumption has halted/,
        cure: 'resume',
      }),
  },
  {
    // And the views with it: what only those records told is nowhere but in PostgreSQL.
    name: 'topic: deleted with the file of the views',
    only: 'sqlite',
    disturbs: ['events', 'connector'],
    needs,
    inject: (scene) =>
      deleted(scene, {
        meanwhile: () => removeServingFile(scene.system.viewsFolder),
        reason: /the database file .* was deleted/,
        cure: 'rebuild',
      }),
  },
  ...['lz4', 'zstd'].map((codec): Fault => ({
    // By the topic's own setting: the broker writes what comes in this codec, whatever its producer chose.
    name: `topic: written in ${codec}`,
    disturbs: ['events'],
    needs,
    inject: (scene) => compressed(scene, codec),
  })),
  {
    name: 'topic: has one partition more',
    disturbs: ['events', 'connector'],
    needs,
    inject: onePartitionMore,
  },
];

async function compressed({ system, workload }: Scene, codec: string): Promise<Injected> {
  const { stack } = system;
  const compress = (codec: string | null): Promise<void> =>
    setTopicConfig(stack.bootstrapServers, topic, 'compression.type', codec);
  await until(() => compress(codec), deadlineMs);
  // Its event, and what comes after it, is written so.
  const order = await workload.placeOrderNow(deadlineMs);
  return {
    happened: async () => {
      await shown(system, order);
      return `order ${order.id}, written in ${codec}, is in the views`;
    },
    end: () => until(() => compress(null), deadlineMs),
  };
}

/** Nobody takes a partition back: each of these leaves the topic with one more. */
async function onePartitionMore(scene: Scene): Promise<Injected> {
  const { system } = scene;
  const { stack } = system;
  const partition = await until(
    () =>
      withAdmin(stack.bootstrapServers, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        const count = topics[0]?.partitions.length ?? 0;
        await admin.createPartitions({ topicPartitions: [{ topic, count: count + 1 }] });
        return count;
      }),
    deadlineMs,
  );
  // Its producers know it at once, not when they ask next time (metadata.max.age.ms).
  await until(
    () => request(stack, 'POST', '/connectors/outbox-relay/restart?includeTasks=true'),
    deadlineMs,
  );
  // Members keep rows by the partition that they came from: they halt.
  if (system.store === 'postgres') {
    return {
      happened: () => haltedBy(scene, /partitions/),
      repair: async () => void (await operate(system, 'consumption', '--', 'rebuild')),
    };
  }
  return {
    happened: async () => {
      const next = (await positions(stack)).get(`${topic}/${partition}`);
      if (next === undefined)
        throw new Violation('E', `nothing of ${topic}/${partition} has been read`);
      return `the views have read ${topic}/${partition} up to ${next}`;
    },
  };
}

/** With orders in it that nobody has read. */
async function deleted(
  scene: Scene,
  fault: {
    readonly meanwhile?: () => void;
    readonly reason: RegExp;
    readonly cure: 'resume' | 'rebuild';
  },
): Promise<Injected> {
  const { stack } = scene.system;
  const readers = partsWith(scene.system.store).filter((part) => part.startsWith('query-service'));
  const pids = await Promise.all(
    readers.map((part) => until(() => stack.runningPid(part), deadlineMs)),
  );
  const reader = pids.flatMap(familyOf);
  signalAll(reader, 'SIGSTOP');
  try {
    const before = await recordsIn(scene);
    for (let i = 0; i < unread; i++) await scene.workload.placeOrderNow(deadlineMs);
    await until(async () => {
      if ((await recordsIn(scene)) < before + unread) throw new Error('not relayed yet');
    }, deadlineMs);
    await until(
      () => withAdmin(stack.bootstrapServers, (admin) => admin.deleteTopics({ topics: [topic] })),
      deadlineMs,
    );
    fault.meanwhile?.();
  } finally {
    signalAll(reader, 'SIGCONT');
  }
  return {
    happened: () => haltedBy(scene, fault.reason),
    repair: () => repair(scene, fault.cure),
  };
}

/** @throws unless the query service says why it reads no more */
async function haltedBy({ system: { stack } }: Scene, expected: RegExp): Promise<string> {
  const { reasons } = (await (await fetch(`${stack.queries}/health/ready`)).json()) as {
    reasons: string[];
  };
  const reason = reasons.find((text) => expected.test(text));
  if (reason === undefined) throw new Error(`it reads on: ${reasons.join('; ')}`);
  return reason;
}

/** With what belongs to it (-wal, -shm). */
function removeServingFile(folder: string): void {
  const serving = readFileSync(join(folder, 'current'), 'utf8').trim();
  for (const file of readdirSync(folder)) if (file.startsWith(serving)) rmSync(join(folder, file));
}

/** And transaction markers. */
async function recordsIn({ system: { stack } }: Scene): Promise<number> {
  const ends = await withAdmin(stack.bootstrapServers, (admin) => admin.fetchTopicOffsets(topic));
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
}

async function repair({ system }: Scene, cure: 'resume' | 'rebuild'): Promise<void> {
  const { stack } = system;
  await until(async () => {
    const topics = await withAdmin(stack.bootstrapServers, (admin) => admin.listTopics());
    if (!topics.includes(topic)) throw new Error(`the keeper has not created ${topic} again`);
  }, deadlineMs);
  await operate(system, 'consumption', '--', cure);
  await until(async () => {
    const { code, output } = await npmRun(system, [
      'reconcile',
      '--',
      '--json',
      '--deadline',
      '20',
    ]);
    if (code === 0) return;
    // A line for each query service. Those that share their views find the same.
    const keys = output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .flatMap((line) => (JSON.parse(line) as { listed: { key: string }[] }).listed)
      .map(({ key }) => key);
    const aggregates = [...new Set(keys)].filter((key) => /^(order|product):\d+$/.test(key));
    for (let at = 0; at < aggregates.length; at += 100) {
      await operate(system, 'reemit', '--', ...aggregates.slice(at, at + 100));
    }
    throw new Error(`${aggregates.length} aggregates were written again`);
  }, deadlineMs);
}
