import { setImmediate as afterPending } from 'node:timers/promises';
import { failpoint } from 'service-kit/failpoints';
import { isFault } from '../apply/fault';
import { rebuildFailpoints } from '../failpoints';

/**
 * Bytes per partition of a candidate's fetch. Decoding and folding them takes some milliseconds of the event loop, in
 * pieces between which reads of the serving file are answered; a fetch of the ordinary size takes fifty.
 */
export const pacedBytesPerPartition = 64 << 10;

/**
 * The pace of a candidate's queue: one batch after another, with all other work in between. Reading ahead would block
 * the event loop.
 *
 * @param onFailure called when a batch could not be written, a full disk for example: reading it again
 *   and again would not help the serving file
 */
export function candidatePace(onFailure: (error: unknown) => void) {
  return async (applied: Promise<void>): Promise<void> => {
    try {
      await applied;
      await failpoint(rebuildFailpoints.batchApplied);
    } catch (error) {
      if (!isFault(error)) onFailure(error);
      return;
    }
    await afterPending();
  };
}
