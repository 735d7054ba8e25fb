import type { Turns } from '../turns';

/** What one turn will do together. */
interface Round<T> {
  readonly items: T[];
  /** Of all items together. */
  size: number;
  /** Settled when it is being written, or is not going to be. */
  readonly writing: Promise<void>;
  readonly done: Promise<void>;
  /** Why it must not be done. */
  refused: { readonly reason: unknown } | null;
}

/** Gathers what comes while a turn is taken, for the next one: the group commit of databases. */
export class Gatherer<T> {
  private next: Round<T> | null = null;

  /**
   * @param room so much may wait before more of it is unwelcome
   * @param work does a turn's items; calls `onWriting` when only others are at work on them
   */
  constructor(
    private readonly turns: Turns,
    private readonly room: number,
    private readonly work: (items: readonly T[], onWriting: () => void) => Promise<void>,
  ) {}

  /** Resolves when the item is done. @throws why it is not */
  add(item: T, size: number): Promise<void> {
    this.next ??= this.begin();
    this.next.items.push(item);
    this.next.size += size;
    return this.next.done;
  }

  /** Resolves when more is welcome: at once, or when what waits is being written, or done, or refused. */
  async hasRoom(): Promise<void> {
    if (this.next !== null && this.next.size >= this.room) await this.next.writing;
  }

  /** What waits is not done: something before it was not. */
  refuse(reason: unknown): void {
    if (this.next !== null) this.next.refused = { reason };
    this.next = null;
  }

  private begin(): Round<T> {
    const items: T[] = [];
    let onWriting = (): void => undefined;
    const writing = new Promise<void>((resolve) => (onWriting = resolve));
    const done = this.turns.take(async () => {
      if (this.next === round) this.next = null;
      try {
        if (round.refused !== null) throw round.refused.reason;
        await this.work(items, onWriting);
      } finally {
        onWriting();
      }
    });
    const round: Round<T> = { items, size: 0, writing, done, refused: null };
    return round;
  }
}
