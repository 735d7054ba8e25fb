import type { SerialQueue } from './serial-queue';

export interface GroupCommitOptions<T> {
  /** Groups are written in it, one after another, and between them what else has a turn there. */
  readonly queue: SerialQueue;
  /** More items are welcome until those that wait have this size together. */
  readonly room: number;
  /** Writes a group's items together; calls `onWriting` when only others, such as a database, are at work on them. */
  write(items: readonly T[], onWriting: () => void): Promise<void>;
}

/** What one turn writes together. */
interface Group<T> {
  readonly items: T[];
  /** The sizes of all items added up. */
  size: number;
  /** Settled when it is being written, or is not going to be. */
  readonly writing: Promise<void>;
  readonly written: Promise<void>;
  /** Why it must not be written. */
  refused: { readonly reason: unknown } | null;
}

/**
 * Group commit: the next transaction writes together what arrives while one is under way. An item that comes alone is
 * written at once.
 */
export class GroupCommit<T> {
  /** The group that waits for its turn. */
  private next: Group<T> | null = null;

  constructor(private readonly options: GroupCommitOptions<T>) {}

  /** Resolves when the item is written. @throws why it is not */
  add(item: T, size: number): Promise<void> {
    this.next ??= this.begin();
    this.next.items.push(item);
    this.next.size += size;
    return this.next.written;
  }

  /** Resolves when more is welcome: at once, or when what waits is being written, or has ended in another way. */
  async hasRoom(): Promise<void> {
    if (this.next !== null && this.next.size >= this.options.room) await this.next.writing;
  }

  /** What waits is not written: something before it was not. */
  refuse(reason: unknown): void {
    if (this.next !== null) this.next.refused = { reason };
    this.next = null;
  }

  private begin(): Group<T> {
    const items: T[] = [];
    let onWriting = (): void => undefined;
    const writing = new Promise<void>((resolve) => (onWriting = resolve));
    const written = this.options.queue.run(async () => {
      if (this.next === group) this.next = null;
      try {
        if (group.refused !== null) throw group.refused.reason;
        await this.options.write(items, onWriting);
      } finally {
        onWriting();
      }
    });
    const group: Group<T> = { items, size: 0, writing, written, refused: null };
    return group;
  }
}
