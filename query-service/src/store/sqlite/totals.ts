import { totalTooLarge } from '../../model/history';

/**
 * Turns the error into a fault when a sum exceeds 64 bits. SQLite then makes it a REAL, which a column of a STRICT
 * table refuses; `sum()` itself has another error.
 */
export function orTotalTooLarge(error: unknown): unknown {
  const [what] =
    /cannot store REAL value in INTEGER column \S+|integer overflow/.exec(String(error)) ?? [];
  return what === undefined ? error : totalTooLarge(what, error);
}
