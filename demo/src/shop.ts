import { randomUUID } from 'node:crypto';

export interface Item {
  readonly productId: number;
  readonly quantity: number;
  readonly price: number;
}

/** The command service does not answer, or not as it should. */
export class ShopError extends Error {
  override name = 'ShopError';
}

const attempts = 5;
const timeoutMs = 5_000;

/** A customer of the public HTTP API. A command without an answer is sent again under the same key. */
export class Shop {
  constructor(
    private readonly url: string,
    private readonly token: string,
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
      const answer = await fetch(this.url + path, {
        method,
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      }).catch((cause: unknown) => {
        if (attempt < attempts) return null;
        throw new ShopError(`the command service does not answer at ${this.url}`, { cause });
      });
      if (answer?.ok) return answer.json();
      if (answer !== null && (answer.status < 500 || attempt === attempts)) {
        throw new ShopError(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      }
      await pause(attempt * 200);
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function idOf(body: unknown): number {
  return (body as { id: number }).id;
}
