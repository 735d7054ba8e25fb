/** Runs one piece of work at a time: each begins when the one before has ended, well or not. */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** @returns what the work returns, when its turn has come @throws what the work throws */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
