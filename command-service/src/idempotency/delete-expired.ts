import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';

/**
 * Deletes expired keys, the oldest first. Those that a command just replaces, or another replica
 * deletes, are left to them.
 *
 * @returns how many, at most `limit`
 */
export async function deleteExpired(sql: Sql, limit: number): Promise<number> {
  const deleted = await sql(
    `DELETE FROM idempotency_keys
     WHERE (route, key) IN (
       SELECT route, key
       FROM idempotency_keys
       WHERE expires_at <= clock_timestamp()
       ORDER BY expires_at
       LIMIT $1
       FOR UPDATE SKIP LOCKED
     )
     RETURNING key`,
    [limit],
  );
  await failpoint(failpoints.keysDeleted);
  return deleted.length;
}
