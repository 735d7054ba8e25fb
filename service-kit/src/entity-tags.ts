import type { Context } from 'koa';

/** `*`, or the tags of a condition, with their quotes. All tags of this service are strong. */
type EntityTags = '*' | ReadonlySet<string>;

/** Reads `If-Match` or `If-None-Match` (RFC 9110, 13.1); null when it is neither `*` nor a list of entity tags. */
export function readEntityTags(header: string): EntityTags | null {
  const text = header.trim();
  if (text === '*') return text;
  if (!/^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/.test(text)) return null;
  return new Set(text.match(/(?:W\/)?"[^"]*"/g));
}

/** `If-Match` compares strongly: a weak tag never matches. */
export const matchesStrongly = (tags: EntityTags, etag: string): boolean =>
  tags === '*' || tags.has(etag);

/** `If-None-Match` compares weakly: `W/"1"` names what `"1"` names. */
export const matchesWeakly = (tags: EntityTags, etag: string): boolean =>
  matchesStrongly(tags, etag) || (tags !== '*' && tags.has(`W/${etag}`));

/**
 * Whether the client of a GET or HEAD has this representation already, so that a 304 is enough. A condition that cannot
 * be read gets the whole answer, as a request without one does.
 *
 * koa's `ctx.fresh` is false for every client that uses `fetch`: it sends `Cache-Control: no-cache` with a
 * condition of the caller's own, so that no cache on the way answers. That asks for no body from here.
 */
export function isHeldByClient(ctx: Context, etag: string): boolean {
  const header = ctx.req.headers['if-none-match'];
  const tags = header === undefined ? null : readEntityTags(header);
  return tags !== null && matchesWeakly(tags, etag);
}
