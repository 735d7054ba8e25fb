import { setTimeout as wait } from 'node:timers/promises';
import { StorageFault } from './storage-fault';

const everyMs = 1_000;

/** Looks once a second whether open views are still there. */
export class ViewsWatch {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  /**
   * @param begin notes what is open now. It returns a function that looks: what completes the sentence that begins with
   *   the file's name, null while all is well
   * @param onFault called once, with the first fault
   */
  constructor(
    private readonly file: string,
    private readonly begin: () => Promise<() => Promise<string | null>>,
    private readonly onFault: (fault: StorageFault) => void,
  ) {}

  async start(): Promise<void> {
    this.running = this.run(await this.begin());
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(look: () => Promise<string | null>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const what = await look();
      if (what !== null) {
        this.onFault(new StorageFault(this.file, what));
        return;
      }
      await wait(everyMs, undefined, { signal }).catch(() => null);
    }
  }
}
