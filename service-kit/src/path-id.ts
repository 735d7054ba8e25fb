import { Problem } from './problem';

/**
 * Reads an id from the path.
 *
 * @throws {Problem} 404 unless it is written as ids are: nothing has any other id
 */
export function pathId(kind: string, text: string | undefined): number {
  const id = parseId(text ?? '');
  if (id === null) throw notFound(kind, String(text));
  return id;
}

/** Reads an id of the contract, an integer 1…2^53-1; null when the text is none. */
export function parseId(text: string): number | null {
  const id = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(id) ? id : null;
}

/** The 404 for an entity that does not exist. */
export function notFound(kind: string, id: number | string): Problem {
  return new Problem(404, `there is no ${kind} ${id}`);
}
