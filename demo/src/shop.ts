import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoAnswer } from 'service-kit/command-errors';
import { commandClient, type Order, type Problem } from './api/client';

export type Item = Readonly<Order['items'][number]>;

/** The command service does not answer, or not as it should. */
export class ShopError extends NoAnswer {
  override name = 'ShopError';
}

const attempts = 5;
const timeoutMs = 5_000;

/** A customer of the public HTTP API. A command without an answer is sent again under the same key. */
export class Shop {
  private readonly api;

  /** @param signal ends what is under way, which then rejects */
  constructor(
    private readonly url: string,
    token: string,
    private readonly signal: AbortSignal,
  ) {
    const headers = token === '' ? {} : { Authorization: `Bearer ${token}` };
    this.api = commandClient({ baseUrl: url, headers });
  }

  async createProduct(name: string, category: string, price: number): Promise<number> {
    const request = { params: newKey(), body: { name, category, price } };
    const product = await this.send((signal) =>
      this.api.POST('/api/products', { ...request, signal }),
    );
    return product.id;
  }

  /** @param placedAt in milliseconds since 1970; now when left out */
  async placeOrder(customerId: number, items: readonly Item[], placedAt?: number): Promise<number> {
    const at = placedAt === undefined ? {} : { placedAt: new Date(placedAt).toISOString() };
    const request = { params: newKey(), body: { customerId, items: [...items], ...at } };
    const order = await this.send((signal) => this.api.POST('/api/orders', { ...request, signal }));
    return order.id;
  }

  async changeStatus(id: number, status: Order['status']): Promise<void> {
    const request = { params: { path: { id } }, body: { status } };
    await this.send((signal) => this.api.PUT('/api/orders/{id}/status', { ...request, signal }));
  }

  private async send<T>(ask: (signal: AbortSignal) => Promise<Answer<T>>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const { data, error, response } = await this.answer(ask);
      if (data !== undefined) return data;
      // The attempt before may still be under way.
      const mayPass = response === null || response.status >= 500 || error?.code === 'key-in-use';
      if (!mayPass || attempt === attempts) {
        throw new ShopError(
          response === null
            ? `the command service does not answer at ${this.url}`
            : `${response.url}: ${response.status} ${JSON.stringify(error)}`,
        );
      }
      await sleep(attempt * 200, undefined, { signal: this.signal });
    }
  }

  private async answer<T>(
    ask: (signal: AbortSignal) => Promise<Answer<T>>,
  ): Promise<Answer<T> | { data?: never; error?: never; response: null }> {
    try {
      return await ask(AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]));
    } catch {
      this.signal.throwIfAborted();
      return { response: null };
    }
  }
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: Problem;
  readonly response: Response;
}

/** Every repetition has the same one. */
const newKey = () => ({ header: { 'Idempotency-Key': `"${randomUUID()}"` } });
