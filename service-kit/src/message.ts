import type { IncomingMessage } from 'node:http';
import { Problem } from './problem';

/** Fields that may occur only once: of two values, a proxy might use one and this process the other. */
const single = new Set(['host', 'content-type', 'authorization']);

/**
 * Finds what Node.js accepts and RFC 9110 and 9112 forbid: another major version, a missing `Host`, a repeated field
 * that may occur only once, a transfer coding other than chunked.
 *
 * @returns the refusal, or undefined
 */
export function wrongMessage({
  headers,
  rawHeaders,
  httpVersion,
  httpVersionMajor,
}: IncomingMessage): Problem | undefined {
  if (httpVersionMajor !== 1) return otherVersion;
  if (headers.host === undefined && httpVersion === '1.1') {
    return refusal(400, 'a request of HTTP/1.1 names its host');
  }
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    if (!single.has(name)) continue;
    if (seen.has(name)) return refusal(400, `the field ${name} may stand once`);
    seen.add(name);
  }
  const coding = headers['transfer-encoding']?.toLowerCase();
  if (coding === undefined || (coding === 'chunked' && httpVersion !== '1.0')) return undefined;
  // Only chunks, and those last, tell where a request ends; HTTP/1.0 has none (RFC 9112, 6.1 and 6.3).
  return coding.endsWith('chunked') && httpVersion !== '1.0'
    ? refusal(501, `the transfer coding ${coding} is not known, only chunked`)
    : refusal(400, `where a request of Transfer-Encoding: ${coding} ends cannot be told`);
}

/** A refusal that closes the connection, because nobody can tell where its next request begins. */
const refusal = (status: number, detail: string): Problem =>
  new Problem(status, detail, {}, { Connection: 'close' });

/** The refusal of other versions, also when the parser rejects the version. */
export const otherVersion = refusal(505, 'HTTP/1.1 and HTTP/1.0 are spoken here');
