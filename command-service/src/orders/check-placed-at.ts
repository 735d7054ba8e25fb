import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import { invalid } from '../http/validation';
import type { Sql } from '../transaction';

/**
 * Checks the stated time of an order against the database's clock, the one that the others get theirs from.
 *
 * @throws {Problem} 400 when it is more than 5 minutes ahead
 */
export async function checkPlacedAt(sql: Sql, placedAt: Date): Promise<void> {
  const [clock] = await sql<{ ahead: boolean }>(
    `SELECT $1::timestamptz > clock_timestamp() + interval '5 minutes' AS ahead`,
    [placedAt],
  );
  await failpoint(failpoints.placedAtChecked);
  if (clock?.ahead !== false) {
    throw invalid([{ path: '/placedAt', message: 'must be at most 5 minutes ahead' }]);
  }
}
