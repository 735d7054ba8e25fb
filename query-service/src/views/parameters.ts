import { parseInstant } from 'contracts/instant';
import { parseId } from 'service-kit/path-id';
import { Problem } from 'service-kit/problem';

type Text = string | string[] | undefined;

/** Reads an id of the contract. Throws a 400 problem. */
export function readId(name: string, text: Text): number {
  const id = typeof text === 'string' ? parseId(text) : null;
  if (id === null) throw new Problem(400, `${name} must be an integer from 1 to 2^53-1`);
  return id;
}

/** Reads an instant, ISO-8601 with offset, as milliseconds since 1970. Throws a 400 problem. */
export function readInstant(name: string, text: Text): number {
  const instant = typeof text === 'string' ? parseInstant(text) : null;
  if (instant === null) {
    throw new Problem(400, `${name} must be a time such as 2026-02-27T09:00:00Z`);
  }
  return instant;
}

/** Reads a page size from 1 to `max`. Throws a 400 problem. */
export function readLimit(text: Text, byDefault: number, max: number): number {
  if (text === undefined) return byDefault;
  const limit = typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > max) throw new Problem(400, `limit must be an integer from 1 to ${max}`);
  return limit;
}
