import { parseInstant } from 'contracts/instant';
import type { Context } from 'koa';
import { parseId } from './path-id';
import { Problem } from './problem';

/** The refusal of a parameter that is not what it must be. */
const badParameter = (detail: string): Problem =>
  new Problem(400, detail, { code: 'invalid-parameter' });

/** A parameter as koa reads it: several when it is stated more than once. */
export type Text = string | string[] | undefined;

/** Reads an id of the contract. Throws a 400 problem. */
export function readId(name: string, text: Text): number {
  const id = typeof text === 'string' ? parseId(text) : null;
  if (id === null) throw badParameter(`${name} must be an integer from 1 to 2^53-1`);
  return id;
}

/** Reads an instant, ISO-8601 with offset, as milliseconds since 1970. Throws a 400 problem. */
export function readInstant(name: string, text: Text): number {
  const instant = typeof text === 'string' ? parseInstant(text) : null;
  if (instant === null) {
    throw badParameter(`${name} must be a time such as 2026-02-27T09:00:00Z`);
  }
  return instant;
}

/** Reads a page size from 1 to `max`. Throws a 400 problem. */
export function readLimit(text: Text, byDefault: number, max: number): number {
  if (text === undefined) return byDefault;
  const limit = typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > max) throw badParameter(`limit must be an integer from 1 to ${max}`);
  return limit;
}

/** Reads a text that an entity may have: 1 to 200 characters without NUL. Throws a 400 problem. */
export function readText(name: string, text: Text): string {
  const isText = typeof text === 'string' && text !== '' && !text.includes('\0');
  if (!isText || [...text].length > 200) {
    throw badParameter(`${name} must be stated once, with 1 to 200 characters`);
  }
  return text;
}

/** Reads one of a few words. Throws a 400 problem. */
export function readOneOf<Word extends string>(
  name: string,
  text: Text,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw badParameter(`${name} must be one of ${words.join(', ')}`);
  return found;
}

/** Reads what may be left out: null then. */
export const ifStated = <Value>(
  { query }: Context,
  name: string,
  read: (name: string, text: Text) => Value,
): Value | null => (query[name] === undefined ? null : read(name, query[name]));

/** Sets the link to the next page: the same request, after this cursor. */
export function linkNext(ctx: Context, after: string): void {
  const next = new URLSearchParams(ctx.querystring);
  next.set('after', after);
  ctx.set('Link', `<${ctx.path}?${next.toString()}>; rel="next"`);
}

/** The 400 for an `after` that a client has made up. */
export const noCursor = (): Problem => badParameter('after is not a cursor of this service');
