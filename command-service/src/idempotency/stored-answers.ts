import type { Sql } from 'service-kit/sql';
import type { Answer } from '../http/answer';
import type { KeyedRequest } from './keyed-request';

/**
 * Takes a key until the transaction ends, without waiting, by SQL over its route and the key itself; false while
 * another transaction has it. An uncommitted row could not be seen. The lock is on 64 bits of a hash; of two keys that
 * share it, one is told to come again.
 */
export const keyLock = (route: string, key: string): string =>
  `pg_try_advisory_xact_lock(hashtextextended('idempotency ' || ${route} || ' ' || ${key}, 0))`;

/**
 * Behind an INSERT of answers: an expired one is replaced. One that counts stays, and the statement fails: its status
 * would be null. Somebody has kept it, and given the lock back, since the statement began, which cannot see it.
 */
export const replaceExpired = `ON CONFLICT (route, key) DO UPDATE
  SET status = CASE WHEN idempotency_keys.expires_at <= clock_timestamp() THEN excluded.status END,
      fingerprint = excluded.fingerprint, headers = excluded.headers, body = excluded.body,
      expires_at = excluded.expires_at`;

/** @see keyLock */
export async function tryLockKey(sql: Sql, { route, key }: KeyedRequest): Promise<boolean> {
  const [lock] = await sql<{ taken: boolean }>({
    name: 'lock-key',
    text: `SELECT ${keyLock('$1::text', '$2::text')} AS taken`,
    values: [route, key],
  });
  return lock?.taken === true;
}

/** The first answer to this key and the body that it belongs to, unless it has expired. */
export async function findAnswer(
  sql: Sql,
  { route, key }: KeyedRequest,
): Promise<(Answer & { fingerprint: Buffer }) | undefined> {
  const [found] = await sql<Answer & { fingerprint: Buffer }>({
    name: 'find-answer',
    text: `SELECT fingerprint, status, headers, body
           FROM idempotency_keys
           WHERE route = $1 AND key = $2 AND expires_at > clock_timestamp()`,
    values: [route, key],
  });
  return found;
}

/**
 * Keeps the answer to a key for `liveMs`, in the place of an expired one.
 *
 * @returns false when the key has an answer already that has not expired
 */
export async function storeAnswer(
  sql: Sql,
  { route, key, fingerprint }: KeyedRequest,
  { status, headers, body }: Answer,
  liveMs: number,
): Promise<boolean> {
  const stored = await sql({
    name: 'store-answer',
    text: `INSERT INTO idempotency_keys (route, key, fingerprint, status, headers, body, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 millisecond')
           ON CONFLICT (route, key) DO UPDATE
           SET fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
               body = excluded.body, expires_at = excluded.expires_at
           WHERE idempotency_keys.expires_at <= clock_timestamp()
           RETURNING key`,
    values: [route, key, fingerprint, status, JSON.stringify(headers), body, liveMs],
  });
  return stored.length === 1;
}

/**
 * Deletes expired keys, the oldest first. Those that a command just replaces, or another replica
 * deletes, are left to them.
 *
 * @returns how many, at most `limit`
 */
export async function deleteExpired(sql: Sql, limit: number): Promise<number> {
  const deleted = await sql({
    name: 'delete-expired-keys',
    text: `DELETE FROM idempotency_keys
           WHERE (route, key) IN (
             SELECT route, key
             FROM idempotency_keys
             WHERE expires_at <= clock_timestamp()
             ORDER BY expires_at
             LIMIT $1
             FOR UPDATE SKIP LOCKED
           )
           RETURNING key`,
    values: [limit],
  });
  return deleted.length;
}
