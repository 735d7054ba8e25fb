import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { failpoints } from '../failpoints';
import type { Settled } from '../store/dead-letters';
import { openDeadLetters } from '../store/dead-letter-queries';
import type { Reader } from '../views/view';
import type { Applier } from './applier';

/** A page is read, applied and written in one transaction. Of the largest events it takes some 50 MB. */
const pageSize = 50;

/**
 * Has all open letters read again, the oldest first, page by page; batches may come in between.
 *
 * @param by who asked for it
 */
export async function redriveAll(
  applier: Applier,
  reader: Reader,
  by: string,
  logger: Logger,
): Promise<{ redriven: number; open: number }> {
  const settled: Settled[] = [];
  let after = 0;
  for (;;) {
    const page = await openDeadLetters(reader, after, pageSize);
    await failpoint(failpoints.lettersRead);
    if (page.length === 0) break;
    settled.push(...(await applier.redrive(page, by)));
    await failpoint(failpoints.lettersRedriven);
    after = page.at(-1)?.id ?? after;
  }
  const redriven = settled.filter(({ state }) => state === 'redriven').length;
  const open = settled.length - redriven;
  if (settled.length > 0) logger.info({ redriven, open, by }, 'dead letters read again');
  return { redriven, open };
}
