import { type TestService, useTestService } from './service';

export const product = { name: 'Laptop', category: 'Electronics', price: 500 };
export const item = { productId: 1, quantity: 2, price: 500 };
export const order = { customerId: 1, items: [item] };

/** What a refusal looks like beside its status. */
interface Expected {
  readonly status: number;
  /** JSON pointers, of which each has an error. */
  readonly at?: readonly string[];
  readonly detail?: RegExp;
}

/** Call it at the top of a test file: a service with product 1 and order 1. */
export function useRefusals() {
  const stack = useTestService();
  beforeAll(async () => {
    await stack.http.post('/api/products', product);
    await stack.http.post('/api/orders', order);
  });
  return {
    stack,

    /** The request is refused by a problem that says this much, and no row is written or changed. */
    expectRefusal: async (path: string, init: RequestInit, expected: Expected): Promise<void> => {
      const before = await everyRow(stack);
      const answer = await stack.http.send(path, {
        method: path.endsWith('status') ? 'PUT' : 'POST',
        headers: { 'Content-Type': 'application/json' },
        ...init,
      });
      expect(answer.status).toBe(expected.status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body).toMatchObject({ type: 'about:blank', status: expected.status });
      expect(answer.body.detail).toMatch(expected.detail ?? /./);
      expect(answer.text).not.toMatch(/node_modules|\.ts:|\bat \w+ \(|violates|constraint/);
      const errors = (answer.body.errors ?? []) as { path: string; message: string }[];
      for (const { message } of errors) expect(message).toMatch(/^must /);
      const paths = errors.map(({ path }) => path);
      for (const path of expected.at ?? []) expect(paths).toContain(path);
      expect(await everyRow(stack)).toEqual(before);
    },
  };
}

async function everyRow(stack: TestService): Promise<unknown> {
  const [tables] = await stack.query(
    `SELECT (SELECT json_agg(products ORDER BY id) FROM products)::text AS products,
            (SELECT json_agg(orders ORDER BY id) FROM orders)::text AS orders,
            (SELECT json_agg(order_items ORDER BY order_id, position) FROM order_items)::text AS items,
            (SELECT json_agg(outbox ORDER BY id) FROM outbox)::text AS outbox,
            (SELECT json_agg(idempotency_keys ORDER BY key) FROM idempotency_keys)::text AS keys`,
  );
  return tables;
}
