import { hourlySales } from '../src/views/hourly-sales/view';
import { fetched, item, order, product, type TestEvent } from './support/events';
import { openViews, type TestViews } from './support/views';

jest.setTimeout(30_000);

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

/** The largest order that the contract allows, in cents. 18 of them fit into an exact total, 19 do not. */
const largest = 500 * 10_000 * 99_999_999;
const lines = (productId: number) =>
  Array.from({ length: 500 }, () => item(productId, 10_000, '999999.99'));
const largestOrder = (id: number, productId = 1, version = 1, status = 'CREATED'): TestEvent =>
  order(id, lines(productId), { version, status, customerId: id });
const largestOrders = (from: number, to: number, productId = 1): TestEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => largestOrder(from + i, productId));

interface Letter {
  key: string;
  record_offset: number;
  reason: string;
}
const openLetters = (): Promise<Letter[]> =>
  views.store.all(
    "SELECT key, record_offset, reason FROM dead_letter WHERE state = 'open' ORDER BY topic, record_offset",
  );

describe("an event that would take a product's total beyond 2^53-1 cents", () => {
  test('is parked with a reason that names the total and what to do; the others count', async () => {
    await views.apply(product(1, 'A'), ...largestOrders(1, 18));
    await views.apply(
      order(20, [item(2, 1, '1.00')]),
      largestOrder(19),
      order(21, [item(1, 1, '1.00')]),
    );

    expect(await openLetters()).toEqual([
      {
        key: '19',
        record_offset: 19,
        reason: expect.stringMatching(
          /product 1 beyond 90071992547409\.91.*cancel the order, or redrive/,
        ) as string,
      },
    ]);
    expect(await views.contents()).toMatchObject({
      products: [
        { product_id: 1, total_cents: 18 * largest + 100 },
        { product_id: 2, total_cents: 100 },
      ],
      categories: [{ category: 'A', total_cents: 18 * largest + 100 }],
    });
    expect(views.metrics.openDeadLetters).toBe(1);
  });

  test('is found in a batch that is too much by itself', async () => {
    await views.apply(product(1, 'A'), ...largestOrders(1, 40), order(41, [item(1, 1, '1.00')]));

    expect((await openLetters()).map(({ key }) => Number(key))).toEqual(
      Array.from({ length: 22 }, (_, i) => 19 + i),
    );
    expect(await views.contents()).toMatchObject({
      products: [{ total_cents: 18 * largest + 100 }],
    });
    expect(views.applier.stored()).toContainEqual(
      expect.objectContaining({ topic: 'order-events', offset: 40 }),
    );
  });

  test('is exact in a batch that goes beyond and comes back', async () => {
    await views.apply(
      ...largestOrders(1, 19),
      order(20, [item(1, 1, '0.01')]),
      largestOrder(18, 1, 2, 'CANCELLED'),
      largestOrder(19, 1, 2, 'CANCELLED'),
    );

    expect(await openLetters()).toEqual([]);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 17 * largest + 1 }] });
  });

  test('is healed when its order is cancelled', async () => {
    await views.apply(...largestOrders(1, 19));
    await views.apply(largestOrder(19, 1, 2, 'CANCELLED'));

    expect(await openLetters()).toEqual([]);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 18 * largest }] });
  });

  test('counts when it is emitted again and the total has room', async () => {
    await views.apply(...largestOrders(1, 19));
    await views.apply(largestOrder(3, 1, 2, 'CANCELLED'), largestOrder(19));

    expect(await openLetters()).toEqual([]);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 18 * largest }] });
  });

  test('is not an unreadable one: any number of them in a row does not halt consumption', async () => {
    await views.apply(...largestOrders(1, 18));
    for (let id = 19; id < 30; id++) await views.apply(largestOrder(id));

    expect(await openLetters()).toHaveLength(11);
  });

  test('is parked once, and reading goes on behind it, after a restart', async () => {
    await views.apply(...largestOrders(1, 19));
    views = await views.reopen();
    await views.applier.apply([fetched(largestOrder(19), 18)]);

    expect(await openLetters()).toHaveLength(1);
    expect(views.applier.stored()).toMatchObject([{ offset: 18 }]);
  });
});

describe('a total of another kind', () => {
  test('a category: the order that is too much for it is parked, though its products have room', async () => {
    await views.apply(
      product(1, 'A'),
      product(2, 'A'),
      ...largestOrders(1, 9, 1),
      ...largestOrders(10, 18, 2),
    );
    await views.apply(largestOrder(19, 2));

    expect(await openLetters()).toMatchObject([
      { key: '19', reason: expect.stringContaining('the category of product 2 beyond') as string },
    ]);
  });

  test('a category that a product arrives in: the product is parked, its sales stay its own', async () => {
    await views.apply(product(1, 'A'), ...largestOrders(1, 18, 1), ...largestOrders(19, 20, 2));
    await views.apply(product(2, 'A'));

    expect(await openLetters()).toMatchObject([
      { key: '2', reason: expect.stringContaining('category A beyond') as string },
    ]);
    expect(await views.contents()).toMatchObject({
      products: [{ total_cents: 18 * largest }, { total_cents: 2 * largest }],
      categories: [{ category: 'A', total_cents: 18 * largest }],
    });
  });

  test('a customer: the order that is too much is parked, though its products have room', async () => {
    const ofOne = (id: number) => order(id, lines(id), { customerId: 7 });
    await views.apply(...Array.from({ length: 19 }, (_, i) => ofOne(i + 1)));

    expect(await openLetters()).toMatchObject([
      { key: '19', reason: expect.stringContaining('the total of customer 7 beyond') as string },
    ]);
  });

  test('an hour, in a service that has no other view', async () => {
    const hours = await openViews(undefined, new Map(), [hourlySales]);
    await hours.apply(...largestOrders(1, 19));

    expect(await hours.store.all('SELECT reason FROM dead_letter')).toEqual([
      { reason: expect.stringContaining('product 1 in the hour of 2026-02-27T09:00') as string },
    ]);
    await hours.close();
  });
});
