import { Problem } from 'service-kit/problem';

/** An entity's version as its strong ETag, quotes included. */
export function etag(version: number): string {
  return `"${version}"`;
}

/** What `If-Match` asks of an entity that exists. */
export type IfMatch = (version: number) => boolean;

/**
 * Reads `If-Match` (RFC 9110, 13.1.1): `*` or entity tags, of which one must be the entity's.
 * Weak tags never match.
 *
 * @param header undefined when there is none: everything matches then
 * @throws {Problem} 400 when it is neither
 */
export function readIfMatch(header: string | undefined): IfMatch {
  if (header === undefined) return () => true;
  // An empty one is a condition that got lost: it must not let everything pass.
  const text = header.trim();
  if (text === '*') return () => true;
  if (!/^(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*$/.test(text)) {
    throw new Problem(400, `If-Match must be * or ETags such as "1", quotes included, not ${text}`);
  }
  const tags = new Set(text.match(/(?:W\/)?"[^"]*"/g));
  return (version) => tags.has(etag(version));
}
