import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { KafkaConnection } from 'kafka-client/connection';
import { offsetRanges, type PartitionOffsets } from 'kafka-client/offset-ranges';
import { clearError, KafkaRefusal, kafkaRefusals } from 'kafka-client/refusal';

const retryMs = 500;

/** The state of the cluster that the consumer needs before it reads. */
export interface ClusterState {
  readonly clusterId: string;
  /** The offsets of every partition of the event topics. */
  readonly offsets: readonly PartitionOffsets[];
  /** The end of the watermark topic: reading starts there, because only new watermarks count. */
  readonly watermarkEnd: number;
}

/** The cluster and the topics that it must have. */
interface AwaitedTopics {
  readonly admin: Admin;
  /** How the admin client connects. */
  readonly connection: KafkaConnection;
  readonly eventTopics: readonly string[];
  readonly watermarkTopic: string;
}

/**
 * Waits until the cluster answers and has all topics.
 *
 * @param onWaiting is told what is missing, at each attempt that fails
 * @param onRefusal is told the same when it will not pass by itself: it is tried less and less often
 * @returns null when `signal` ended the wait
 */
export async function awaitCluster(
  topics: AwaitedTopics,
  onWaiting: (what: string) => void,
  onRefusal: (what: string) => void,
  signal: AbortSignal,
): Promise<ClusterState | null> {
  const refusals = kafkaRefusals();
  while (!signal.aborted) {
    try {
      await topics.admin.connect();
      return await readClusterState(topics);
    } catch (thrown) {
      const error = clearError(thrown, topics.connection) as Error;
      onWaiting(error.message);
      if (error instanceof KafkaRefusal) onRefusal(error.message);
      await wait(Math.max(retryMs, refusals.note(error)), undefined, { signal }).catch(() => null);
    }
  }
  return null;
}

/** @throws when no broker answers, or naming the topics that do not exist (yet) */
async function readClusterState({
  admin,
  connection,
  eventTopics,
  watermarkTopic,
}: AwaitedTopics): Promise<ClusterState> {
  const existing = await admin.listTopics();
  const all = [...eventTopics, watermarkTopic];
  const missing = all.filter((topic) => !existing.includes(topic));
  if (missing.length > 0) {
    const { sasl } = connection;
    const orRights = sasl === undefined ? '' : `, or for ACLs that let ${sasl.username} see them`;
    throw new Error(`the relay keeper to create ${missing.join(', ')}${orRights}`);
  }
  const { clusterId } = await admin.describeCluster();
  const offsets = await offsetRanges(admin, eventTopics);
  const [watermark] = await offsetRanges(admin, [watermarkTopic]);
  return { clusterId, offsets, watermarkEnd: watermark?.high ?? 0 };
}
