/** Starts work in the order it was given: `SerialQueue` one piece at a time, `Lanes` several. */
interface Queue {
  run<T>(work: () => Promise<T>): Promise<T>;
}

interface GroupCommitOptions<Item, Result> {
  /** Each group is written as one piece of work of this queue; others may put their work in between. */
  readonly queue: Queue;
  /** A group of this size takes no more: what comes then is the next one's. Left out: it takes all that waits. */
  readonly most?: number;
  /**
   * Writes a group's items together; calls `onWriting` when only others, such as a database, are at work on them.
   *
   * @returns what became of each item, in their order
   */
  write(
    items: readonly Item[],
    onWriting: () => void,
  ): Promise<readonly (Result | Promise<Result>)[]>;
}

/** The items that one call of `write` gets. */
interface Group<Item, Result> {
  readonly items: Item[];
  /** The sizes of all items added up. */
  size: number;
  /** Settles when the group is being written, or will not be. */
  readonly writing: Promise<void>;
  readonly written: Promise<readonly (Result | Promise<Result>)[]>;
  /** Why the group must not be written. */
  refused: { readonly reason: unknown } | null;
}

/**
 * Group commit: the next transaction writes together what arrives while others are under way. An item that comes alone
 * is written at once.
 */
export class GroupCommit<Item, Result = void> {
  /** The groups that wait for their turn. The last one takes what comes. */
  private readonly waiting: Group<Item, Result>[] = [];

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {}

  /** @returns what became of the item, when it is written @throws why it is not */
  async add(item: Item, size: number): Promise<Result> {
    const { most = Infinity } = this.options;
    const last = this.waiting.at(-1);
    const group = last === undefined || last.size >= most ? this.begin() : last;
    const place = group.items.push(item) - 1;
    group.size += size;
    return (await group.written)[place] as Result;
  }

  /** Resolves when the waiting items are smaller than this size: at once, or when they are being written or refused. */
  async hasRoom(size: number): Promise<void> {
    const last = this.waiting.at(-1);
    if (last !== undefined && last.size >= size) await last.writing;
  }

  /** Refuses the waiting groups, because something before them was not written. */
  refuse(reason: unknown): void {
    for (const group of this.waiting.splice(0)) group.refused = { reason };
  }

  private begin(): Group<Item, Result> {
    const items: Item[] = [];
    let onWriting = (): void => undefined;
    const writing = new Promise<void>((resolve) => (onWriting = resolve));
    const written = this.options.queue.run(async () => {
      if (this.waiting[0] === group) this.waiting.shift();
      try {
        if (group.refused !== null) throw group.refused.reason;
        return await this.options.write(items, onWriting);
      } finally {
        onWriting();
      }
    });
    const group: Group<Item, Result> = { items, size: 0, writing, written, refused: null };
    this.waiting.push(group);
    return group;
  }
}
