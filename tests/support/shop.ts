/** What a client says to the command service, and what it got for an answer. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  /** The token of its change, for `Consistency-Token`; null when it changed nothing. */
  readonly token: string | null;
}

export type Item = { productId: number; quantity: number; price: number };

/** A client of the command service. A request without an answer is not acknowledged: it throws. */
export class Shop {
  constructor(private readonly url: string) {}

  createProduct(name: string, category: string, price: number): Promise<Answer> {
    return this.send('POST', '/api/products', { name, category, price });
  }

  /** @param key an `Idempotency-Key` */
  placeOrder(items: Item[], more: { placedAt?: string } = {}, key?: string): Promise<Answer> {
    return this.send('POST', '/api/orders', { customerId: 1, items, ...more }, key);
  }

  changeStatus(orderId: number, status: string): Promise<Answer> {
    return this.send('PUT', `/api/orders/${orderId}/status`, { status });
  }

  private async send(method: string, path: string, body: unknown, key?: string): Promise<Answer> {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(key !== undefined && { 'Idempotency-Key': key }),
      },
      body: JSON.stringify(body),
    });
    const parsed = (await answer.json()) as Record<string, unknown>;
    return { status: answer.status, body: parsed, token: answer.headers.get('Consistency-Token') };
  }
}
