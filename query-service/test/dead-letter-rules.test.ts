import { currentVersion } from 'contracts/events';
import { openDeadLetters } from '../src/store/dead-letter-queries';
import type { Settled } from '../src/model/dead-letter';
import { fetched, item, order, type TestEvent } from './support/events';
import { openViews, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

const sale = (version = 1, id = 1): TestEvent => order(id, [item(1, 1, '5.00')], { version });
const poison = (event: TestEvent): TestEvent => ({ ...event, value: 'poison' });
const without = (event: TestEvent, header: string): TestEvent => ({
  ...event,
  headers: Object.fromEntries(Object.entries(event.headers).filter(([name]) => name !== header)),
});
const states = async (): Promise<string[]> => {
  const rows = await views.store.reader.all<{ state: string }>(
    'SELECT state FROM dead_letter ORDER BY id',
  );
  return rows.map(({ state }) => state);
};
const redrive = (): Promise<readonly Settled[]> =>
  views.queue.exclusive(async (applier) =>
    applier.redrive(await openDeadLetters(views.store.reader, 0, 100), 'a test'),
  );
const total = async (): Promise<unknown> =>
  ((await views.contents()) as { products: unknown[] }).products;

describe('a dead letter that tells aggregate and version', () => {
  test('is healed by its own version, emitted again', async () => {
    await views.apply(poison(sale(1)), sale(1));
    expect(await states()).toEqual(['healed']);
  });

  test('is healed from the start when a newer version had been applied already', async () => {
    await views.apply(sale(3), poison(sale(2)));
    expect(await states()).toEqual(['healed']);
  });

  test('is not healed by an older version that is emitted again behind it', async () => {
    await views.apply(sale(1), sale(2), poison(sale(3)));
    await views.apply(sale(1), sale(2));
    expect(await states()).toEqual(['open']);

    await views.apply(sale(4));
    expect(await states()).toEqual(['healed']);
  });

  test('is not healed by a product of the same id', async () => {
    await views.apply(poison(sale(1)));
    await views.apply({
      ...order(1, []),
      topic: 'product-events',
      headers: { ...sale(1).headers, eventType: 'ProductCreated' },
      value: JSON.stringify({
        productId: 1,
        name: 'Laptop',
        category: 'A',
        price: '5.00',
        occurredAt: '2026-02-27T09:00:00.000Z',
      }),
    });
    expect(await views.store.reader.all('SELECT 1 FROM product_state')).toHaveLength(1);
    expect(await states()).toEqual(['open']);
  });
});

describe('a dead letter without a readable version', () => {
  test('is healed by a newer one behind it, not by what was known', async () => {
    await views.apply(sale(1), without(sale(2), 'aggregateVersion'));
    await views.apply(sale(1));
    expect(await states()).toEqual(['open']);

    await views.apply(sale(3));
    expect(await states()).toEqual(['healed']);
  });
});

test('a dead letter of a product is not healed by an order of the same id behind it', async () => {
  const stray = { ...without(sale(1), 'aggregateVersion') };
  await views.apply({ ...stray, headers: { ...stray.headers, eventType: 'ProductCreated' } });
  await views.apply(sale(1), sale(2));
  expect(await states()).toEqual(['open']);
});

test('a dead letter of another database is not healed by this one', async () => {
  const foreign = (event: TestEvent): TestEvent => ({
    ...event,
    headers: { ...event.headers, sourceId: 'ffffffff-0000-4000-8000-000000000002' },
  });
  await views.apply(
    poison(foreign(sale(1))),
    poison(without(foreign(sale(1)), 'aggregateVersion')),
  );
  await views.apply(sale(1), sale(2));
  expect(await states()).toEqual(['open', 'open']);
});

test('a dead letter is not healed by another event at its place in a topic that was created anew', async () => {
  await views.apply(poison(without(sale(1), 'aggregateVersion')));
  await views.store.rewind();
  views = await views.reopen();
  await views.queue.apply([fetched(sale(1, 2), 0)]);
  expect(await states()).toEqual(['open']);
});

describe('a dead letter without a key', () => {
  const keyless = (event: TestEvent): TestEvent => ({ ...event, key: null as unknown as string });

  test('is of the aggregate that its payload names', async () => {
    await views.apply(keyless(sale(1)));
    await views.apply(sale(2));
    expect(await states()).toEqual(['healed']);
  });

  test('and without a payload is healed by the same event only', async () => {
    const event = sale(1);
    await views.apply(poison(keyless(event)));
    await views.apply(sale(2));
    expect(await states()).toEqual(['open']);

    await views.apply(event);
    expect(await states()).toEqual(['healed']);
  });
});

test('a dead letter whose key and payload name different aggregates is healed by neither', async () => {
  await views.apply({ ...sale(1, 1), key: '2' });
  await views.apply(sale(2, 1), sale(2, 2));
  expect(await states()).toEqual(['open']);
});

describe('a redrive', () => {
  /** Parks an event with the code of a release that did not know its type. */
  const parkReadable = async (event: TestEvent): Promise<void> => {
    const versions: Record<string, number> = currentVersion;
    delete versions.OrderCreated;
    await views.apply(event);
    versions.OrderCreated = 1;
  };

  test('applies by version, in one transaction with the state of the dead letter', async () => {
    await views.apply(sale(1, 9));
    await parkReadable(sale(1));

    expect(await redrive()).toMatchObject([{ state: 'redriven' }]);
    expect(await total()).toMatchObject([{ total_cents: 1000 }]);
    expect(await states()).toEqual(['redriven']);
    await views.apply(sale(1));
    expect(await total()).toMatchObject([{ total_cents: 1000 }]);
  });

  test('leaves alone where reading stands', async () => {
    await views.apply(sale(1, 9));
    await parkReadable(sale(1));
    await views.apply(sale(1, 8));
    const before = views.queue.stored();
    await redrive();

    expect(views.queue.stored()).toEqual(before);
    expect(await views.store.progress()).toMatchObject(before);
  });

  test('keeps what is still unreadable open, with the reason of today', async () => {
    await views.apply(sale(1, 9), poison(sale(1)));
    expect(await redrive()).toMatchObject([
      { state: 'open', reason: expect.stringMatching(/JSON/) as string },
    ]);
    expect(await states()).toEqual(['open']);
  });

  test('applies nothing of another database, and lets no dead letter say which database it is', async () => {
    const foreign = order(1, [item(1, 1, '5.00')], {
      source: 'ffffffff-0000-4000-8000-000000000002',
    });
    await parkReadable(foreign);
    expect(await redrive()).toMatchObject([{ state: 'open', reason: null }]);
    await views.apply(sale(1, 9));
    expect(await redrive()).toMatchObject([
      { state: 'open', reason: expect.stringMatching(/another database/) as string },
    ]);
    expect(await total()).toMatchObject([{ total_cents: 500 }]);
  });

  test('and batches take turns', async () => {
    await views.apply(sale(1, 9));
    await parkReadable(sale(1));
    const batches = Array.from({ length: 20 }, (_, i) => views.apply(sale(1, 10 + i)));
    await Promise.all([redrive(), ...batches]);

    expect(await total()).toMatchObject([{ total_cents: 22 * 500 }]);
    expect(await states()).toEqual(['redriven']);
  });
});

describe('a record that is parked again', () => {
  test('is one dead letter, and stays discarded', async () => {
    const event = poison(sale(1));
    await views.apply(event);
    await views.queue.applier.discard(1, 'me', 'a test');
    await views.store.rewind();
    views = await views.reopen();
    await views.queue.apply([fetched(event, 0)]);

    expect(await states()).toEqual(['discarded']);
    expect(views.metrics.openDeadLetters).toBe(0);
  });

  test('but another record at its place is a dead letter of its own: the topic was created anew', async () => {
    await views.apply(poison(sale(1)));
    await views.queue.applier.discard(1, 'me', 'a test');
    await views.store.rewind();
    views = await views.reopen();
    await views.queue.apply([fetched(poison(sale(1, 5)), 0)]);

    expect(await states()).toEqual(['open']);
  });
});
