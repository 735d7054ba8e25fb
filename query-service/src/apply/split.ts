import { TotalExceeded } from '../views/totals';

/**
 * Works on all items at once, or, where that would take a total beyond what is exact, on halves of them.
 * How events are batched changes nothing: so halves find the one that does not fit.
 *
 * @param work throws `TotalExceeded` when these items together do not fit, with nothing done
 * @param alone gets the one item that does not fit, and why
 * @returns what the pieces returned, in the order of the items
 */
export async function inPiecesThatFit<T, R>(
  items: readonly T[],
  work: (items: readonly T[]) => Promise<readonly R[]>,
  alone: (item: T, reason: string) => Promise<readonly R[]>,
): Promise<R[]> {
  try {
    return [...(await work(items))];
  } catch (error) {
    const [first] = items;
    if (!(error instanceof TotalExceeded) || first === undefined) throw error;
    if (items.length === 1) return [...(await alone(first, error.message))];
    const middle = items.length >> 1;
    const before = await inPiecesThatFit(items.slice(0, middle), work, alone);
    return [...before, ...(await inPiecesThatFit(items.slice(middle), work, alone))];
  }
}
