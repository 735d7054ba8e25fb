import type { Sql } from 'service-kit/sql';
import type { Answer } from '../http/answer';
import type { KeyedRequest } from './keyed-request';

/**
 * SQL that locks a key until the transaction ends, without waiting; false while another transaction holds it. A lock is
 * needed because an uncommitted row could not be seen. It is on 64 bits of a hash: when two keys share a hash, one of
 * two requests at the same time gets a 409.
 */
export const keyLock = (route: string, key: string): string =>
  `pg_try_advisory_xact_lock(hashtextextended('idempotency ' || ${route} || ' ' || ${key}, 0))`;

/**
 * Completes an INSERT of answers: it replaces an expired answer. When the answer there is still valid, the statement
 * fails, because it would set its status to null: another transaction has stored it and released the lock since this
 * statement began.
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

/**
 * Finds the first answer to this key, with its request's fingerprint, unless it has expired.
 *
 * It locks the row, so that the transaction writes: where commits wait for a standby, a repeated answer waits as the command did
 * (docs/decisions/0091-a-history-is-accepted.md).
 */
export async function findAnswer(
  sql: Sql,
  { route, key }: KeyedRequest,
): Promise<(Answer & { fingerprint: Buffer }) | undefined> {
  const [found] = await sql<Answer & { fingerprint: Buffer }>({
    name: 'find-answer',
    text: `SELECT fingerprint, status, headers, body
           FROM idempotency_keys
           WHERE route = $1 AND key = $2 AND expires_at > clock_timestamp()
           FOR KEY SHARE`,
    values: [route, key],
  });
  return found;
}

/**
 * Stores the answer to a key for `liveMs`; it replaces an expired one.
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
 * Deletes expired keys, the oldest first. It skips keys that a command is replacing or another replica is deleting.
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
