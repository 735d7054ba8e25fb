import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Logger } from 'service-kit/logger';
import { checkStillThere, HistoryFault } from '../apply/history';
import { endOffsets } from './cluster';

const everyMs = 2_000;

/**
 * Looks at the topics while they are read, until `signal` or the first fault.
 *
 * kafkajs learns of a topic that was deleted by its next fetch, and then joins again, which checks the
 * history. What it does not tell: that the topic stays away, or ends before what was read.
 *
 * @param next the offset that is read next, of each partition
 */
export async function watchTopics(
  admin: Admin,
  topics: readonly string[],
  next: () => { topic: string; partition: number; offset: number }[],
  onFault: (fault: HistoryFault) => void,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let missing: string[] = [];
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal }).catch(() => null);
    try {
      missing = await look(admin, topics, next, missing);
    } catch (error) {
      if (error instanceof HistoryFault) {
        onFault(error);
        return;
      }
      // A broker that is away comes back.
      logger.debug({ err: error }, 'topics not looked at');
    }
  }
}

/** @returns the topics that are missing, to be given to the next look */
async function look(
  admin: Admin,
  topics: readonly string[],
  next: Parameters<typeof watchTopics>[2],
  missingBefore: readonly string[],
): Promise<string[]> {
  const read = next();
  const existing = await admin.listTopics();
  const missing = topics.filter((topic) => !existing.includes(topic));
  // Twice in a row: a broker that has just started may not know of its topics yet.
  const gone = missing.find((topic) => missingBefore.includes(topic));
  if (gone !== undefined) throw new HistoryFault(`the topic ${gone} does not exist any more`);
  if (missing.length === 0) checkStillThere(read, await endOffsets(admin, topics));
  return missing;
}
