import { randomBytes } from 'node:crypto';

const version00 = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The W3C trace context that the command's event carries: the client's, or a new one.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceparent(header: string): string {
  if (version00.test(header)) return header;
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}
