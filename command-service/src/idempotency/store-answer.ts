import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Answer } from '../http/answer';
import type { Sql } from '../transaction';
import type { KeyedRequest } from './keyed-request';

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
  const stored = await sql(
    `INSERT INTO idempotency_keys (route, key, fingerprint, status, headers, body, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 millisecond')
     ON CONFLICT (route, key) DO UPDATE
     SET fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
         body = excluded.body, expires_at = excluded.expires_at
     WHERE idempotency_keys.expires_at <= clock_timestamp()
     RETURNING key`,
    [route, key, fingerprint, status, JSON.stringify(headers), body, liveMs],
  );
  await failpoint(failpoints.answerStored);
  return stored.length === 1;
}
