import type { Turns } from '../turns';

/** What one turn will do together. */
interface Round<T> {
  readonly items: T[];
  /** Settled when it is being written, or is not going to be. */
  readonly writing: Promise<void>;
  readonly done: Promise<void>;
  /** Why it must not be done. */
  refused: { readonly reason: unknown } | null;
}

/** Gathers what comes while a turn is taken, for the next one: the group commit of databases. */
export class Gatherer<T> {
  private next: Round<T> | null = null;

  /** @param work does a turn's items; calls `onWriting` when only others are at work on them */
  constructor(
    private readonly turns: Turns,
    private readonly work: (items: readonly T[], onWriting: () => void) => Promise<void>,
  ) {}

  /** Resolves when the item is done. @throws why it is not */
  add(item: T): Promise<void> {
    this.next ??= this.begin();
    this.next.items.push(item);
    return this.next.done;
  }

  /** Resolves when what was added so far is being written, or done, or refused. */
  async writing(): Promise<void> {
    await this.next?.writing;
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
    const round: Round<T> = { items, writing, done, refused: null };
    return round;
  }
}
