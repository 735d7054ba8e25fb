/** A stream of rows, some at a time, because a turn of the event loop for each row would be the largest cost. */
export type Pages<T> = AsyncIterable<readonly T[]>;

/**
 * Joins two streams that ascend by the same key: a full outer join that holds one page of each in memory.
 *
 * @param compare negative when the left row's key stands before the right one's
 * @param take gets each pair, and each row that has no partner
 */
export async function mergeJoin<Left, Right>(
  left: Pages<Left>,
  right: Pages<Right>,
  compare: (left: Left, right: Right) => number,
  take: (...pair: [Left, Right] | [Left, undefined] | [undefined, Right]) => void,
): Promise<void> {
  const lefts = new Head(left);
  const rights = new Head(right);
  for (;;) {
    if (lefts.isPageRead) await lefts.turnPage();
    if (rights.isPageRead) await rights.turnPage();
    const [a, b] = [lefts.row, rights.row];
    if (a === undefined && b === undefined) return;
    const order = a === undefined ? 1 : b === undefined ? -1 : compare(a, b);
    if (a !== undefined && b !== undefined && order === 0) take(a, b);
    else if (a !== undefined && order < 0) take(a, undefined);
    else if (b !== undefined) take(undefined, b);
    if (order <= 0) lefts.next();
    if (order >= 0) rights.next();
  }
}

/** The next row of a stream. */
class Head<T> {
  private readonly pages: AsyncIterator<readonly T[]>;
  private page: readonly T[] = [];
  private at = 0;
  private hasEnded = false;

  constructor(pages: Pages<T>) {
    this.pages = pages[Symbol.asyncIterator]();
  }

  /** The next row; undefined at the end. */
  get row(): T | undefined {
    return this.page[this.at];
  }

  get isPageRead(): boolean {
    return this.at >= this.page.length && !this.hasEnded;
  }

  next(): void {
    this.at++;
  }

  async turnPage(): Promise<void> {
    do {
      const next = await this.pages.next();
      this.hasEnded = next.done === true;
      this.page = next.done === true ? [] : next.value;
      this.at = 0;
    } while (this.page.length === 0 && !this.hasEnded);
  }
}
