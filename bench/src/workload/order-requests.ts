import { seeded } from 'local/seeded';
import type { LoadRequest } from '../load/http-load';

/** Orders of three items. @param products how many there are, with ids from 1 */
export function orderRequests(products: number): LoadRequest[] {
  const random = seeded(3);
  return Array.from({ length: 500 }, () => ({
    method: 'POST',
    path: '/api/orders',
    body: JSON.stringify({
      customerId: 1 + random(10_000),
      items: [5, 19.9, 1].map((price, i) => ({
        productId: 1 + random(products),
        quantity: i + 1,
        price,
      })),
    }),
  }));
}
