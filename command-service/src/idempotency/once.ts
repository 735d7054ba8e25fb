import { Problem } from 'service-kit/problem';
import type { Sql } from 'service-kit/sql';
import type { Answer } from '../http/answer';
import type { KeyedRequest } from './keyed-request';
import { findAnswer, storeAnswer, tryLockKey } from './stored-answers';

/**
 * Runs a command once for its key, within the transaction of the caller. That transaction stores the answer together
 * with the change, so there is never one without the other. A command that throws leaves nothing, so its key is free
 * for the next attempt.
 *
 * @param request undefined without a key: the command simply runs, not one statement more
 * @param liveMs how long the answer is kept
 * @returns the command's answer, or the first one again, marked `Idempotency-Replayed`
 * @throws {Problem} 409 while another request of this key runs, 422 when the key stands for another body
 */
export async function once(
  sql: Sql,
  request: KeyedRequest | undefined,
  liveMs: number,
  command: () => Promise<Answer>,
): Promise<Answer> {
  if (request === undefined) return command();
  if (!(await tryLockKey(sql, request))) throw underWay(request);

  // A statement of its own, so that it sees what the lock's last holder committed.
  const first = await findAnswer(sql, request);
  if (first !== undefined) return replay(request, first);

  const answer = await command();
  // The lock keeps others from storing an answer. If one is there all the same, another command has run: this one must
  // not commit.
  if (!(await storeAnswer(sql, request, answer, liveMs))) throw underWay(request);
  return answer;
}

/**
 * Returns the first answer again.
 *
 * @throws {Problem} 422 when it belongs to another body
 */
export function replay(
  { key, fingerprint }: KeyedRequest,
  first: Answer & { fingerprint: Buffer },
): Answer {
  if (!first.fingerprint.equals(fingerprint)) {
    throw new Problem(
      422,
      `Idempotency-Key ${key} stands for a request with another body: use a new key for a new request`,
      { code: 'key-of-another-request' },
    );
  }
  return { ...first, headers: { ...first.headers, 'Idempotency-Replayed': 'true' } };
}

/** The refusal of a request that comes while another request with its key is running. */
export function underWay({ key }: KeyedRequest): Problem {
  return new Problem(
    409,
    `a request with Idempotency-Key ${key} is under way: repeat it later to get its answer`,
    { code: 'key-in-use' },
    { 'Retry-After': '1' },
  );
}
