import { Problem } from 'service-kit/problem';

/** A structured-header string (RFC 8941, 3.3.3) of visible characters. */
const quoted = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** What clients send without quotes: visible characters that would not need an escape or a list. */
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
    `Idempotency-Key must be one key of 1 to ${maxLength} visible characters, such as "8e03978e-40d5-43dd-bc93-6894a57f9324"`,
  );
}

function unquote(text: string): string {
  const string = quoted.exec(text)?.[1];
  if (string !== undefined) return string.replace(/\\(.)/g, '$1');
  return bare.test(text) ? text : '';
}
