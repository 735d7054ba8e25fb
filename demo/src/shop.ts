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

  createProduct(name: string, category: string, price: number): Promise<number> {
    return this.create('/api/products', { name, category, price });
  }

  /** @param placedAt in milliseconds since 1970; now when left out */
  placeOrder(customerId: number, items: readonly Item[], placedAt?: number): Promise<number> {
    const at = placedAt === undefined ? {} : { placedAt: new Date(placedAt).toISOString() };
    return this.create('/api/orders', { customerId, items, ...at });
  }

  async changeStatus(id: number, status: 'SHIPPED' | 'DELIVERED' | 'CANCELLED'): Promise<void> {
    await this.send('PUT', `/api/orders/${id}/status`, { status }, {});
  }

  private async create(path: string, body: object): Promise<number> {
    // Every repetition has the same one.
    const key = { 'Idempotency-Key': `"${randomUUID()}"` };
    return (await this.send('POST', path, body, key)).id;
  }

  private async send(
    method: string,
    path: string,
    body: object,
    headers: Record<string, string>,
  ): Promise<{ readonly id: number }> {
    const authorization = this.token === '' ? {} : { Authorization: `Bearer ${this.token}` };
    const request = {
      method,
      headers: { 'Content-Type': 'application/json', ...authorization, ...headers },
      body: JSON.stringify(body),
    };
    for (let attempt = 1; ; attempt++) {
      const answer = await this.answer(path, request);
      if (answer !== null && answer.status < 400) return JSON.parse(answer.text) as { id: number };
      // The attempt before may still be under way.
      const mayPass =
        answer === null || answer.status >= 500 || answer.text.includes('"code":"key-in-use"');
      if (!mayPass || attempt === attempts) {
        throw new ShopError(
          answer === null
            ? `the command service does not answer at ${this.url}`
            : `${this.url}${path}: ${answer.status} ${answer.text}`,
        );
      }
      await sleep(attempt * 200, undefined, { signal: this.signal });
    }
  }

  /** @returns null: none came */
  private async answer(path: string, request: RequestInit) {
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const answer = await fetch(this.url + path, { ...request, signal });
      return { status: answer.status, text: await answer.text() };
    } catch {
      this.signal.throwIfAborted();
      return null;
    }
  }
}
