import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { fetched, item, order, product } from './support/events';
import { openViews, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

const nine = Date.parse('2026-02-27T09:00:00Z') / 3_600_000;

describe('a sale', () => {
  test('counts in all views from OrderCreated', async () => {
    await views.apply(product(1, 'Electronics'), order(1, [item(1, 2, '500.00')]));

    expect(await views.contents()).toEqual({
      products: [{ product_id: 1, total_cents: 100_000 }],
      categories: [{ category: 'Electronics', total_cents: 100_000 }],
      hours: [{ hour: nine, product_id: 1, units: 2, total_cents: 100_000 }],
      names: [{ product_id: 1, name: 'Product 1' }],
      statuses: [{ status: 'CREATED', orders: 1 }],
      customers: [{ customer_id: 1, orders: 1, total_cents: 100_000 }],
    });
  });

  test('is counted once when its order ships and is delivered', async () => {
    await views.apply(product(1, 'Electronics'), order(1, [item(1, 2, '500.00')]));
    const before = (await views.contents()) as object;
    await views.apply(order(1, [item(1, 2, '500.00')], { version: 2, status: 'SHIPPED' }));
    await views.apply(order(1, [item(1, 2, '500.00')], { version: 3, status: 'DELIVERED' }));

    expect(await views.contents()).toEqual({
      ...before,
      statuses: [{ status: 'DELIVERED', orders: 1 }],
    });
  });

  test('of the same product twice in one order adds up', async () => {
    await views.apply(product(1, 'A'), order(1, [item(1, 1, '0.07'), item(1, 2, '0.14')]));

    expect(await views.contents()).toMatchObject({
      products: [{ total_cents: 35 }],
      hours: [{ units: 3, total_cents: 35 }],
    });
  });

  test('at price 0 has its window', async () => {
    await views.apply(product(1, 'A'), order(1, [item(1, 1, '0.00')]));

    expect(await views.contents()).toMatchObject({ hours: [{ units: 1, total_cents: 0 }] });
  });

  test('late counts in its own hour', async () => {
    await views.apply(
      product(1, 'A'),
      order(1, [item(1, 1, '1.00')], { placedAt: '2026-02-27T12:59:59.999Z' }),
      order(2, [item(1, 1, '1.00')], { placedAt: '2026-02-27T09:00:00.000Z' }),
    );

    expect(await views.contents()).toMatchObject({ hours: [{ hour: nine }, { hour: nine + 3 }] });
  });
});

describe('a cancelled order', () => {
  test('leaves all views, and its window', async () => {
    await views.apply(product(1, 'A'), order(1, [item(1, 2, '500.00')]));
    await views.apply(order(1, [item(1, 2, '500.00')], { version: 2, status: 'CANCELLED' }));

    expect(await views.contents()).toEqual({
      products: [{ product_id: 1, total_cents: 0 }],
      categories: [{ category: 'A', total_cents: 0 }],
      hours: [],
      names: [{ product_id: 1, name: 'Product 1' }],
      statuses: [{ status: 'CANCELLED', orders: 1 }],
      customers: [{ customer_id: 1, orders: 0, total_cents: 0 }],
    });
  });

  test('takes out only its own sale', async () => {
    await views.apply(
      product(1, 'A'),
      order(1, [item(1, 2, '500.00')]),
      order(2, [item(1, 1, '499.99')]),
    );
    await views.apply(order(1, [item(1, 2, '500.00')], { version: 2, status: 'CANCELLED' }));

    expect(await views.contents()).toMatchObject({
      products: [{ total_cents: 49_999 }],
      hours: [{ units: 1, total_cents: 49_999 }],
    });
  });

  test('that was never counted takes nothing out', async () => {
    await views.apply(product(1, 'A'));
    await views.apply(order(1, [item(1, 2, '5.00')], { version: 2, status: 'CANCELLED' }));
    await views.apply(order(1, [item(1, 2, '5.00')]));

    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 0 }], hours: [] });
  });
});

describe('order and repetition of events', () => {
  test('an order before its product: the arrival moves what it sold into its category', async () => {
    await views.apply(order(1, [item(1, 2, '500.00')]));
    expect(await views.contents()).toMatchObject({
      products: [{ product_id: 1, total_cents: 100_000 }],
      categories: [],
    });

    await views.apply(product(1, 'Electronics'));
    expect(await views.contents()).toMatchObject({
      categories: [{ category: 'Electronics', total_cents: 100_000 }],
    });
  });

  test('a newer version before the older: the older changes nothing and is no duplicate count', async () => {
    await views.apply(product(1, 'A'));
    await views.apply(order(1, [item(1, 1, '5.00')], { version: 2 }));
    const before = await views.contents();
    await views.apply(order(1, [item(1, 1, '5.00')], { version: 1 }));

    expect(before).toMatchObject({ products: [{ total_cents: 500 }] });
    expect(await views.contents()).toEqual(before);
    const metrics = await views.metrics.registry.metrics();
    expect(metrics).toContain('version_gaps_total 1');
    expect(metrics).toContain('events_duplicate_total 1');
  });

  test('events that are emitted again change nothing and are counted as duplicates', async () => {
    const history = [
      product(1, 'A'),
      order(1, [item(1, 1, '5.00')]),
      order(1, [item(1, 1, '5.00')], { version: 2, status: 'CANCELLED' }),
      order(2, [item(1, 3, '0.07')]),
    ];
    await views.apply(...history);
    const before = await views.contents();
    await views.apply(...history);

    expect(await views.contents()).toEqual(before);
    expect(await views.metrics.registry.metrics()).toContain('events_duplicate_total 4');
  });

  test('records that kafkajs hands over again are skipped by their offsets', async () => {
    const sale = order(1, [item(1, 1, '5.00')]);
    await views.apply(sale);
    await views.queue.apply([fetched(sale, 0)]);

    expect(await views.metrics.registry.metrics()).toContain('events_duplicate_total 0');
  });

  test('where reading stands survives a restart', async () => {
    await views.apply(order(1, [item(1, 1, '5.00')]));
    const stored = views.queue.stored();
    expect(stored).toMatchObject([{ topic: 'order-events', partition: 0, offset: 0 }]);

    views = await views.reopen();
    expect(views.queue.stored()).toEqual(stored);
  });

  test('a product that changes its category takes its revenue along', async () => {
    await views.apply(product(1, 'A'), product(2, 'A'), order(1, [item(1, 1, '5.00')]));
    await views.apply(product(1, 'B', { version: 2 }));

    expect(await views.contents()).toMatchObject({
      categories: [
        { category: 'A', total_cents: 0 },
        { category: 'B', total_cents: 500 },
      ],
    });
  });

  test('a category that its last product leaves is gone, as if it had never been read', async () => {
    await views.apply(product(1, 'A'));
    await views.apply(product(1, 'B', { version: 2 }));

    expect(await views.contents()).toMatchObject({ categories: [{ category: 'B' }] });
  });

  test('an order that is first seen cancelled names its products and its customer, as one that was counted before', async () => {
    await views.apply(order(1, [item(1, 2, '5.00')], { version: 2, status: 'CANCELLED' }));

    expect(await views.contents()).toEqual({
      products: [{ product_id: 1, total_cents: 0 }],
      categories: [],
      hours: [],
      names: [],
      statuses: [{ status: 'CANCELLED', orders: 1 }],
      customers: [{ customer_id: 1, orders: 0, total_cents: 0 }],
    });
  });
});

describe('one transaction', () => {
  afterEach(disarmFailpoints);

  test('a read never sees a batch that is not committed', async () => {
    await views.apply(order(1, [item(1, 1, '5.00')]));
    const before = await views.contents();
    armFailpoints('apply-before-commit=delay:60000');
    const applied = views.apply(order(2, [item(1, 1, '5.00')]));
    const began = performance.now();
    while (performance.now() - began < 500) expect(await views.contents()).toEqual(before);
    disarmFailpoints();
    await applied;

    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 1000 }] });
  });

  test('how many rows it wrote is counted, by the table that each view declares', async () => {
    await views.apply(
      product(1, 'A'),
      product(2, 'A'),
      order(1, [item(1, 1, '1.00'), item(2, 1, '1.00')]),
      order(2, [item(1, 1, '1.00')]),
    );

    const { values } = (await views.metrics.registry
      .getSingleMetric('view_rows_written_total')
      ?.get()) ?? { values: [] };
    const written = values.map(({ labels, value }) => [labels.table, value]);
    expect(Object.fromEntries(written)).toMatchObject({
      // Both are known by their events before they are sold.
      'product-sales': 4,
      'hourly-sales': 2,
      'orders-by-status': 1,
      'customer-totals': 1,
    });
  });

  test('a batch that fails before its commit leaves views, versions and offsets as they were', async () => {
    armFailpoints('apply-before-commit=throw');
    await expect(views.apply(order(1, [item(1, 1, '5.00')]))).rejects.toThrow(/failpoint/);
    disarmFailpoints();
    views = await views.reopen();

    expect(views.queue.stored()).toEqual([]);
    expect(await views.contents()).toEqual({
      products: [],
      categories: [],
      hours: [],
      names: [],
      statuses: [],
      customers: [],
    });
    await views.apply(order(1, [item(1, 1, '5.00')]));
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 500 }] });
  });

  test('batches of several partitions that come together are one', async () => {
    const batches = [0, 1, 2].map((partition) => [
      { ...fetched(order(partition + 1, [item(1, 1, '5.00')]), 0), partition },
    ]);
    const empty = await views.contents();
    armFailpoints('apply-before-commit=throw');
    const attempts = batches.map((records) => views.queue.apply(records));
    for (const { status } of await Promise.allSettled(attempts)) expect(status).toBe('rejected');
    disarmFailpoints();
    expect(await views.contents()).toEqual(empty);
    // What lies behind something that is not applied has to wait until that is read again.
    await expect(views.queue.apply(batches[0] ?? [])).rejects.toThrow(/failpoint/);
    for (const partition of [0, 1, 2]) {
      expect(views.queue.resumeFrom('order-events', partition)).toBe(0);
    }

    // The first one has its transaction, the others wait for it and have the next.
    const first = views.queue.apply(batches[0] ?? []);
    await new Promise(setImmediate);
    await Promise.all([first, ...batches.slice(1).map((records) => views.queue.apply(records))]);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 1500 }] });
    // Where members share the store, a transaction is of one partition.
    const transactions = views.store.sharing === null ? 2 : 3;
    expect(await views.metrics.registry.metrics()).toContain(
      `apply_batch_seconds_count ${transactions}\n`,
    );
    views = await views.reopen();
    expect(views.queue.stored()).toMatchObject([0, 1, 2].map((partition) => ({ partition })));
  });
});
