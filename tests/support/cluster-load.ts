import { randomUUID } from 'node:crypto';
import { type Answer, Shop } from './shop';

const readTimeoutMs = 5_000;
/** So long are commands repeated that are open when the clients stop. */
const lastAnswersMs = 30_000;

/** Where a proxy stands before both services. */
interface Proxy {
  readonly commands: string;
  readonly queries: string;
}

/**
 * Clients that order and read without a pause until they are stopped.
 *
 * Each has both proxies' addresses and tries the second when the first does not answer, as a client with two addresses in
 * its DNS does: a command under the same `Idempotency-Key`. A read has failed when neither answers 200.
 */
export class ClusterLoad {
  /** Ids of the orders that were answered 201. */
  readonly acknowledged: number[] = [];
  /** What was answered otherwise, or not at all. */
  readonly refused: string[] = [];
  /** Reads that the first proxy did not answer. */
  readonly secondTries: string[] = [];
  readonly failedReads: string[] = [];
  reads = 0;
  /** The newest `As-Of` of an answer. */
  asOf = '';
  private stopped = false;
  private leaveAt = Infinity;
  private readonly clients: Promise<void>[];

  /** @param repeats whether a command that was not answered 201 is given again, under its key, until it is */
  constructor(
    private readonly proxies: readonly Proxy[],
    private readonly repeats = false,
  ) {
    this.clients = [this.order(), this.order(), this.read(), this.read()];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.leaveAt = performance.now() + lastAnswersMs;
    await Promise.all(this.clients);
  }

  private async order(): Promise<void> {
    let key = randomUUID();
    let isOpen = false;
    while (!this.stopped || (isOpen && performance.now() < this.leaveAt)) {
      isOpen = this.repeats;
      try {
        const { status, body } = await this.orderOnce(key);
        if (status === 201) {
          this.acknowledged.push(body.id as number);
          isOpen = false;
        } else this.refused.push(JSON.stringify(body));
      } catch (error) {
        this.refused.push(reason(error));
      }
      if (!isOpen) key = randomUUID();
      await pause();
    }
  }

  /**
   * Asks each proxy in turn, again after a pause while the first try is still under way.
   *
   * @throws why no proxy answers
   */
  private async orderOnce(key: string): Promise<Answer> {
    const item = { productId: 1, quantity: 1, price: 0.07 };
    const giveUpAt = performance.now() + readTimeoutMs;
    let failure: unknown;
    for (const { commands } of this.proxies) {
      try {
        let answer = await new Shop(commands).placeOrder([item], {}, key);
        while (answer.body.code === 'key-in-use' && performance.now() < giveUpAt) {
          await pause();
          answer = await new Shop(commands).placeOrder([item], {}, key);
        }
        if (answer.status !== 409) return answer;
        failure = new Error(JSON.stringify(answer.body));
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  private async read(): Promise<void> {
    while (!this.stopped) {
      const faults: string[] = [];
      for (const proxy of this.proxies) {
        try {
          this.noticeAsOf(await readOnce(proxy.queries));
          break;
        } catch (error) {
          faults.push(`${proxy.queries}: ${reason(error)}`);
        }
      }
      if (faults.length > 0) this.secondTries.push(faults.join(', '));
      if (faults.length === this.proxies.length) this.failedReads.push(faults.join(', '));
      else this.reads += 1;
      await pause();
    }
  }

  private noticeAsOf(asOf: string): void {
    if (asOf > this.asOf) this.asOf = asOf;
  }
}

/** @returns As-Of; empty when the answer has none. @throws unless it is answered 200 in time */
async function readOnce(proxy: string): Promise<string> {
  const answer = await fetch(`${proxy}/api/analytics/products/1/sales`, {
    signal: AbortSignal.timeout(readTimeoutMs),
  });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${body}`);
  return answer.headers.get('as-of') ?? '';
}

/** About 100 requests a second in all: the machine's cores have the cluster to run. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  // Node's own errors are of another realm than jest's: `instanceof Error` would not know them.
  return cause === undefined ? message : `${message}: ${(cause as Error).message}`;
}
