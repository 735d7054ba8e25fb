import type { KnownOrder } from './ledger';

interface BadRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly status: number;
}

/** Requests that must be refused, and change nothing. @param order one that is SHIPPED */
export function badRequests(mark: number, productId: number, order?: KnownOrder): BadRequest[] {
  const item = { productId, quantity: 1, price: 1 };
  const orderOf = (change: object): string =>
    JSON.stringify({ customerId: mark, items: [item], ...change });
  const post = { method: 'POST', path: '/api/orders' };
  const change = { method: 'PUT', path: `/api/orders/${order?.id}/status` };
  return [
    { ...post, body: orderOf({ items: [] }), status: 400 },
    { ...post, body: orderOf({ items: [{ ...item, price: 0.001 }] }), status: 400 },
    { ...post, body: orderOf({ items: [{ ...item, productId: 999_999_999 }] }), status: 422 },
    { ...post, body: orderOf({ placedAt: '2999-01-01T00:00:00Z' }), status: 422 },
    { ...post, body: orderOf({}).slice(1), status: 400 },
    { ...post, body: orderOf({}), headers: { 'Content-Type': 'text/plain' }, status: 415 },
    {
      method: 'POST',
      path: '/api/products',
      body: JSON.stringify({ name: `refused ${mark}`, category: 'Books', price: -1 }),
      status: 400,
    },
    {
      method: 'PUT',
      path: '/api/orders/999999999/status',
      body: '{"status":"SHIPPED"}',
      status: 404,
    },
    ...(order?.id === undefined
      ? []
      : [
          { ...change, body: '{"status":"CANCELLED"}', status: 409 },
          {
            ...change,
            body: '{"status":"DELIVERED"}',
            headers: { 'If-Match': `"${order.version + 1}"` },
            status: 412,
          },
        ]),
  ];
}
