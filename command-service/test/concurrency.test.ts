import { useTestService } from './support/service';

const stack = useTestService();
beforeAll(async () => {
  await stack.http.post('/api/products', { name: 'Laptop', category: 'Electronics', price: 500 });
});

async function newOrder(): Promise<number> {
  const items = [{ productId: 1, quantity: 1, price: 500 }];
  return Number((await stack.http.post('/api/orders', { customerId: 1, items })).body.id);
}

/** Sends 20 status changes of one order at once. */
const twenty = (id: number, status: (n: number) => string, headers: Record<string, string> = {}) =>
  Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      stack.http.put(`/api/orders/${id}/status`, { status: status(n) }, headers),
    ),
  );

const count = (answers: { status: number }[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

const versions = async (id: number) =>
  (
    await stack.query<{ version: number }>(
      `SELECT aggregateversion AS version FROM outbox
       WHERE aggregatetype = 'order' AND aggregateid = $1 ORDER BY id`,
      [String(id)],
    )
  ).map(({ version }) => version);

describe('20 concurrent status changes of one order', () => {
  test('to the same status: one changes it, all succeed, and the versions have no hole', async () => {
    const id = await newOrder();
    for (const [version, status] of [
      ['"2"', 'SHIPPED'],
      ['"3"', 'DELIVERED'],
    ] as const) {
      const answers = await twenty(id, () => status);
      expect(count(answers, 200)).toBe(20);
      expect(new Set(answers.map(({ headers }) => headers.get('etag')))).toEqual(
        new Set([version]),
      );
    }
    expect(await versions(id)).toEqual([1, 2, 3]);
  });

  test('to different statuses: the first decides, the others conflict or agree', async () => {
    const id = await newOrder();
    const answers = await twenty(id, (n) => (n % 2 === 0 ? 'SHIPPED' : 'CANCELLED'));
    expect(count(answers, 200)).toBe(10);
    expect(count(answers, 409)).toBe(10);
    expect(await versions(id)).toEqual([1, 2]);
  });

  test('from the same version: one wins, all others are told that they came too late', async () => {
    const id = await newOrder();
    for (const [tag, status] of [
      ['"1"', 'SHIPPED'],
      ['"2"', 'DELIVERED'],
    ] as const) {
      const answers = await twenty(id, () => status, { 'If-Match': tag });
      expect(count(answers, 200)).toBe(1);
      expect(count(answers, 412)).toBe(19);
    }
    expect(await versions(id)).toEqual([1, 2, 3]);
  });
});
