import type { IncomingHttpHeaders } from 'node:http';
import { matchesStrongly, matchesWeakly, readEntityTags } from 'service-kit/entity-tags';
import { Problem } from 'service-kit/problem';

/** An entity's version as its strong ETag, quotes included. */
export function etag(version: number): string {
  return `"${version}"`;
}

/** Whether a request may go on with an entity of this ETag. */
export type Precondition = (etag: string) => boolean;

/**
 * Reads `If-Match` (RFC 9110, 13.1.1): `*` or entity tags, of which one must be the entity's.
 * Without it, everything matches.
 *
 * @throws {Problem} 400 when it is neither
 */
export function readIfMatch({ 'if-match': header }: IncomingHttpHeaders): Precondition {
  if (header === undefined) return () => true;
  const tags = readTags('If-Match', header);
  return (etag) => matchesStrongly(tags, etag);
}

/**
 * Reads what a change may demand: `If-Match`, and `If-None-Match` (13.1.2), of which no tag may be the entity's.
 *
 * @throws {Problem} 400 when one of them is malformed
 */
export function readPrecondition(headers: IncomingHttpHeaders): Precondition {
  const ifMatch = readIfMatch(headers);
  const header = headers['if-none-match'];
  if (header === undefined) return ifMatch;
  const tags = readTags('If-None-Match', header);
  return (etag) => ifMatch(etag) && !matchesWeakly(tags, etag);
}

/** An empty condition is one that got lost: it must not let everything pass. */
function readTags(name: string, header: string) {
  const tags = readEntityTags(header);
  if (tags !== null) return tags;
  throw new Problem(
    400,
    `${name} must be * or ETags such as "1", quotes included, not ${header.trim()}`,
    { code: 'invalid-condition' },
  );
}
