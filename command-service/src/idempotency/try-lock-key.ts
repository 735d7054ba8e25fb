import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Sql } from '../transaction';
import type { KeyedRequest } from './keyed-request';

/**
 * Takes a key until the transaction ends, without waiting: an uncommitted row could not be seen.
 * The lock is on 64 bits of a hash; two keys that share it only wait for each other.
 *
 * @returns false while another transaction has it
 */
export async function tryLockKey(sql: Sql, { route, key }: KeyedRequest): Promise<boolean> {
  const [lock] = await sql<{ taken: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended($1::text, 0)) AS taken`,
    [`idempotency ${route} ${key}`],
  );
  await failpoint(failpoints.keyLocked);
  return lock?.taken === true;
}
