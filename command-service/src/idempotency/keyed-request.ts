import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { readKey } from './read-key';

/** A request that its client may repeat under its key. */
export interface KeyedRequest {
  /** Method and path of the route: what the key is unique within. */
  readonly route: string;
  readonly key: string;
  /** SHA-256 of what the body says. */
  readonly fingerprint: Buffer;
}

/**
 * The request as `once` needs it, or undefined when it carries no `Idempotency-Key`.
 *
 * @param route such as `POST /api/orders`
 * @param body parsed and valid: its depth is bounded
 * @throws {Problem} 400 when the key is malformed
 */
export function keyedRequest(ctx: Context, route: string, body: unknown): KeyedRequest | undefined {
  const key = readKey(ctx.req.headers['idempotency-key']);
  return key === undefined ? undefined : { route, key, fingerprint: fingerprint(body) };
}

/**
 * Equal for bodies that say the same: white space, the order of members and the spelling of numbers
 * (`500.0`) do not count. A client that writes its request anew for the retry still repeats it.
 */
export function fingerprint(body: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(body, sortMembers)).digest();
}

function sortMembers(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
