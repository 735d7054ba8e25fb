import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { Problem } from 'service-kit/problem';

/** A request that its client may repeat under its key. */
export interface KeyedRequest {
  /** Method and path of the route: keys are unique within a route. */
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
 * Bodies with the same meaning have the same fingerprint: white space, the order of members and the spelling of numbers
 * (`500.0`) do not matter. So a retry may serialize its request anew.
 */
export function fingerprint(body: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(body, sortMembers)).digest();
}

function sortMembers(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A structured-header string (RFC 8941, 3.3.3) of visible characters. */
const quoted = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** The form without quotes that clients also send: visible characters that need no escape and do not make a list. */
const bare = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

const maxLength = 255;

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a quoted string, or the same
 * key without quotes.
 *
 * @param header undefined when there is none
 * @returns the key itself, or undefined
 * @throws {Problem} 400 when it is no key of 1…255 visible characters
 */
export function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? unquote(header.trim()) : '';
  if (key.length >= 1 && key.length <= maxLength) return key;
  throw new Problem(
    400,
    `Idempotency-Key must be one key of 1 to ${maxLength} visible characters, such as a UUID`,
    { code: 'invalid-key' },
  );
}

function unquote(text: string): string {
  const string = quoted.exec(text)?.[1];
  if (string !== undefined) return string.replace(/\\(.)/g, '$1');
  return bare.test(text) ? text : '';
}
