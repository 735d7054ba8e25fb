import type { Reader, Select } from '../store/sql';
import { type Token, writeToken } from './token';

/** A change that the views do not show yet. */
export interface NotYet {
  readonly token: string;
  /** The version that is applied; 0: none. */
  readonly applied: number;
  /** Some sold products whose own events have not come; the order may contain one of them. */
  readonly awaitedProducts?: readonly number[];
}

/**
 * Which of these changes the views do not show yet.
 *
 * @param reader of what is committed
 * @param awaitedProducts of the view that is asked: see `View.awaitedProducts`
 */
export async function notYetShown(
  reader: Reader,
  tokens: readonly Token[],
  awaitedProducts: Select | undefined,
): Promise<NotYet[]> {
  const versions = await reader.versionsOf(tokens);
  const applied = (index: number): number => versions[index] ?? 0;
  const behind = tokens.flatMap((token, index) =>
    applied(index) < token.version ? [{ token: writeToken(token), applied: applied(index) }] : [],
  );
  const order = tokens.findIndex(({ type }) => type === 'order');
  const orderToken = tokens[order];
  if (behind.length > 0 || orderToken === undefined || awaitedProducts === undefined) return behind;

  // Looked up after the order was seen to be applied. Its products were committed before it, so once all
  // that were sold are known, so are those of this order.
  const awaited = await reader.all<{ product_id: number }>(awaitedProducts);
  if (awaited.length === 0) return [];
  return [
    {
      token: writeToken(orderToken),
      applied: applied(order),
      awaitedProducts: awaited.map(({ product_id }) => product_id),
    },
  ];
}
