import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import type { Logger } from 'service-kit/logger';
import { checkStillThere, HistoryFault } from '../model/history';

const everyMs = 2_000;

interface WatchedTopics {
  readonly admin: Admin;
  readonly topics: readonly string[];
  /** The next offset to read of each partition. */
  readonly next: () => { topic: string; partition: number; offset: number }[];
  /** The present offsets of each partition. @throws {HistoryFault} when reading cannot continue there */
  readonly offsetRanges: () => Promise<PartitionOffsets[]>;
  readonly onFault: (fault: HistoryFault) => void;
}

/**
 * Looks at the topics while they are read, until `signal` or the first fault.
 *
 * When a topic is deleted, kafkajs learns it by its next fetch and joins again, which checks the history. But kafkajs
 * does not report that the topic stays away, or that it ends before the position.
 */
export async function watchTopics(
  watched: WatchedTopics,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let missing: string[] = [];
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal }).catch(() => null);
    try {
      missing = await look(watched, missing);
    } catch (error) {
      if (error instanceof HistoryFault) {
        watched.onFault(error);
        return;
      }
      // A broker that is away comes back, so this is no fault.
      logger.debug({ err: error }, 'topics not looked at');
    }
  }
}

/** @returns the topics that are missing, to be given to the next look */
async function look(
  { admin, topics, next, offsetRanges }: WatchedTopics,
  missingBefore: readonly string[],
): Promise<string[]> {
  const read = next();
  const existing = await admin.listTopics();
  const missing = topics.filter((topic) => !existing.includes(topic));
  // Missing twice in a row is a fault: a broker that has just started may not know its topics yet.
  const gone = missing.find((topic) => missingBefore.includes(topic));
  if (gone !== undefined) throw new HistoryFault(`the topic ${gone} does not exist any more`);
  if (missing.length === 0) checkStillThere(read, await offsetRanges());
  return missing;
}
