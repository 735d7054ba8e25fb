/**
 * Walks through two streams that ascend by the same key, side by side: a full outer join in memory
 * for one row of each.
 *
 * @param compare negative when the left row's key stands before the right one's
 */
export async function* sideBySide<Left, Right>(
  left: AsyncIterable<Left> | Iterable<Left>,
  right: AsyncIterable<Right> | Iterable<Right>,
  compare: (left: Left, right: Right) => number,
): AsyncGenerator<[Left, Right] | [Left, undefined] | [undefined, Right]> {
  const lefts = iterate(left);
  const rights = iterate(right);
  let a = await lefts.next();
  let b = await rights.next();
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compare(a.value, b.value);
    if (!a.done && !b.done && order === 0) yield [a.value, b.value];
    else if (!a.done && order < 0) yield [a.value, undefined];
    else if (!b.done) yield [undefined, b.value];
    if (order <= 0) a = await lefts.next();
    if (order >= 0) b = await rights.next();
  }
}

async function* iterate<T>(rows: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* rows;
  return undefined;
}
