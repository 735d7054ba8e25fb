import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer } from 'service-kit/command-errors';

export interface Item {
  readonly productId: number;
  readonly quantity: number;
  readonly price: number;
}

/** The command service does not answer, or not as it should. */
export class ShopError extends NoAnswer {
  override name = 'ShopError';
}

const attempts = 5;
const timeoutMs = 5_000;

/** A customer of the public HTTP API. A command without an answer is sent again under the same key. */
export class Shop {
  /** @param signal ends what is under way, which then rejects */
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly signal: AbortSignal,
  ) {}

  async createProduct(name: string, category: string, price: number): Promise<number> {
    return idOf(await this.send('POST', '/api/products', { name, category, price }));
  }

  /** @param placedAt in milliseconds since 1970; now when left out */
  async placeOrder(customerId: number, items: readonly Item[], placedAt?: number): Promise<number> {
    const at = placedAt === undefined ? {} : { placedAt: new Date(placedAt).toISOString() };
    return idOf(await this.send('POST', '/api/orders', { customerId, items, ...at }));
  }

  async changeStatus(orderId: number, status: string): Promise<void> {
    await this.send('PUT', `/api/orders/${orderId}/status`, { status });
  }

  private async send(method: string, path: string, body: unknown): Promise<unknown> {
    const headers = {
      'Content-Type': 'application/json',
      ...(method === 'POST' && { 'Idempotency-Key': `"${randomUUID()}"` }),
      ...(this.token !== '' && { Authorization: `Bearer ${this.token}` }),
    };
    for (let attempt = 1; ; attempt++) {
      const { status, text } = await this.answer(path, {
        method,
        headers,
        body: JSON.stringify(body),
      });
      if (status >= 200 && status < 300) return JSON.parse(text);
      if ((status !== noAnswer && status < 500) || attempt === attempts) {
        const said = status === noAnswer ? text : `${method} ${path}: ${status} ${text}`;
        throw new ShopError(said);
      }
      await sleep(attempt * 200, undefined, { signal: this.signal });
    }
  }

  private async answer(
    path: string,
    request: RequestInit,
  ): Promise<{ status: number; text: string }> {
    try {
      const signal = AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]);
      const answer = await fetch(this.url + path, { ...request, signal });
      return { status: answer.status, text: await answer.text() };
    } catch {
      this.signal.throwIfAborted();
      return { status: noAnswer, text: `the command service does not answer at ${this.url}` };
    }
  }
}

/** In the place of an answer's status. */
const noAnswer = 0;

function idOf(body: unknown): number {
  return (body as { id: number }).id;
}
