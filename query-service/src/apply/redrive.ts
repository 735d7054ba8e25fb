import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { failpoints } from '../failpoints';
import type { Settled } from '../model/dead-letter';
import { openDeadLetters } from '../store/dead-letter-queries';
import { Overtaken } from '../store/overtaken';
import type { Reader } from '../store/sql';
import type { ApplyQueue } from './apply-queue';

/** Dead letters per transaction: some 50 MB of the largest events. */
const pageSize = 50;

/**
 * Has all open dead letters read again, the oldest first, page by page; batches may come in between.
 *
 * @param by who asked for it
 */
export async function redriveAll(
  queue: ApplyQueue,
  reader: Reader,
  by: string,
  logger: Logger,
): Promise<{ redriven: number; open: number }> {
  const settled: Settled[] = [];
  let after = 0;
  for (;;) {
    const page = await openDeadLetters(reader, after, pageSize);
    await failpoint(failpoints.deadLettersRead);
    if (page.length === 0) break;
    try {
      settled.push(...(await queue.exclusive((applier) => applier.redrive(page, by))));
    } catch (error) {
      // Another member has applied something meanwhile: try again those that are still open.
      if (error instanceof Overtaken) continue;
      throw error;
    }
    await failpoint(failpoints.deadLettersRedriven);
    after = page.at(-1)?.id ?? after;
  }
  const redriven = settled.filter(({ state }) => state === 'redriven').length;
  const open = settled.length - redriven;
  if (settled.length > 0) logger.info({ redriven, open, by }, 'dead letters read again');
  return { redriven, open };
}
