import type { Logger } from 'service-kit/logger';
import { carriedNames, type CarriedRow } from './dead-letters';
import type { Reader } from './sql';
import type { ReadableViews } from './view-store';

/** The largest page in memory. A dead letter may be as large as the largest record; most have some hundred bytes. */
export const mostOfPage = { rows: 1_000, bytes: 2 ** 20 };

/** The dead letters behind an id: as many as fit, but at least one. */
const nextPage = `
  WITH behind AS (
    SELECT id, octet_length(headers) + coalesce(octet_length(key), 0) +
      coalesce(octet_length(value), 0) AS bytes
    FROM dead_letter WHERE id > CAST($1 AS BIGINT) ORDER BY id LIMIT $2
  ), summed AS (
    SELECT id, bytes, sum(bytes) OVER (ORDER BY id) AS total FROM behind
  )
  SELECT id, ${carriedNames.join(', ')} FROM summed JOIN dead_letter USING (id)
  WHERE total <= $3 OR total = bytes ORDER BY id`;

/**
 * Reads the dead letters of views, page by page, for others that take over those that they lack. The views must stay open
 * until the last page is read; they may have been deleted meanwhile. While they are being written, pages show different
 * moments. Those that cannot be read are lost, and logged.
 */
export async function* deadLetterPages(
  reader: Pick<Reader, 'all'>,
  logger: Logger,
): AsyncGenerator<readonly CarriedRow[]> {
  try {
    for (let after = 0; ;) {
      const { rows, bytes } = mostOfPage;
      const page = await reader.all<CarriedRow & { id: number }>(
        ...([nextPage, String(after), rows, bytes] as const),
      );
      const last = page.at(-1)?.id ?? after;
      // A damaged table might return its rows in any order; reading must end all the same.
      if (last <= after) return;
      yield page;
      after = last;
    }
  } catch (error) {
    logger.error({ err: error }, 'dead letters not carried over: their table cannot be read');
  }
}

/** The same of views that are not open. */
export async function* deadLettersIn(
  open: () => Promise<ReadableViews>,
  logger: Logger,
): AsyncGenerator<readonly CarriedRow[]> {
  let views: ReadableViews;
  try {
    views = await open();
  } catch (error) {
    logger.error({ err: error }, 'dead letters not carried over: the views cannot be opened');
    return;
  }
  try {
    yield* deadLetterPages(views.reader, logger);
  } finally {
    await views.close().catch(() => undefined);
  }
}
