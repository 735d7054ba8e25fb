import { setTimeout as wait } from 'node:timers/promises';
import { StorageFault } from '../storage-fault';
import type { FileWatch } from '../views-home';

const everyMs = 1_000;

/** Looks once a second whether a schema is still there. */
export class SchemaWatch implements FileWatch {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  /** @param onFault called once, when it is not */
  constructor(
    private readonly schema: string,
    private readonly exists: () => Promise<boolean>,
    private readonly onFault: (fault: StorageFault) => void,
  ) {}

  start(): Promise<void> {
    this.running = this.run();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await wait(everyMs, undefined, { signal }).catch(() => null);
      // A database that does not answer says nothing about its schemas.
      if (signal.aborted || (await this.exists().catch(() => true))) continue;
      this.onFault(new StorageFault(this.schema, 'was dropped while it was open'));
      return;
    }
  }
}
