import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import type { Answer } from '../http/answer';
import type { Sql } from '../transaction';
import type { KeyedRequest } from './keyed-request';

/** The first answer to this key and the body that it belongs to, unless it has expired. */
export async function findAnswer(
  sql: Sql,
  { route, key }: KeyedRequest,
): Promise<(Answer & { fingerprint: Buffer }) | undefined> {
  const [found] = await sql<Answer & { fingerprint: Buffer }>(
    `SELECT fingerprint, status, headers, body
     FROM idempotency_keys
     WHERE route = $1 AND key = $2 AND expires_at > clock_timestamp()`,
    [route, key],
  );
  await failpoint(failpoints.answerLookedUp);
  return found;
}
