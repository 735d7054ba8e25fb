import { totalTooLarge } from '../../model/history';

/**
 * The error as a fault when a sum has left 64 bits. SQLite then makes it a REAL, which a column of a STRICT table refuses;
 * its own `sum()` says it otherwise.
 */
export function orTotalTooLarge(error: unknown): unknown {
  const [what] =
    /cannot store REAL value in INTEGER column \S+|integer overflow/.exec(String(error)) ?? [];
  return what === undefined ? error : totalTooLarge(what, error);
}
