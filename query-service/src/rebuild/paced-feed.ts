import { setImmediate as afterPending } from 'node:timers/promises';
import { failpoint } from 'service-kit/failpoints';
import type { Applier } from '../apply/applier';
import type { EventRecord } from '../apply/event';
import { isFault } from '../consumer/fault';
import type { Feed } from '../consumer/consumer';
import { rebuildFailpoints } from '../failpoints';

/**
 * One fetch of a candidate's, per partition. Decoding and folding it holds up the event loop, and with it
 * every read of the serving file: some milliseconds, where a fetch of the ordinary size takes fifty.
 */
export const pacedBytesPerPartition = 64 << 10;

/**
 * Feeds a candidate, and lets everything else have its turn between two batches.
 *
 * @param onFailure called when a batch could not be written, a full disk for example: reading it again
 *   and again would not help whoever serves
 */
export function pacedFeed(applier: Applier, onFailure: (error: unknown) => void): Feed {
  let applied: Promise<void> = Promise.resolve();
  const apply = async (records: readonly EventRecord[]): Promise<void> => {
    try {
      await applier.apply(records);
      await failpoint(rebuildFailpoints.batchApplied);
    } catch (error) {
      if (!isFault(error)) onFailure(error);
      throw error;
    }
    await afterPending();
  };
  return {
    stored: () => applier.stored(),
    accept: (beginnings, lost) => applier.accept(beginnings, lost),
    resumeFrom: (topic, partition) => applier.resumeFrom(topic, partition),
    apply: (records) => (applied = apply(records)),
    // One after another: what is read ahead would hold up the event loop, too.
    hasRoom: () => applied.catch(() => undefined),
  };
}
