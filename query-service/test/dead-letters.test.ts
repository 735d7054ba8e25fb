import { item, order, product, type TestEvent } from './support/events';
import { openViews, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

const sale = (version = 1): TestEvent => order(1, [item(1, 1, '5.00')], { version });
const letters = () => views.store.all('SELECT * FROM dead_letter ORDER BY record_offset');

describe('an event that cannot be applied', () => {
  const broken: [string, Partial<TestEvent>, RegExp][] = [
    ['is no JSON', { value: '{"orderId":' }, /JSON/],
    ['violates its schema', { value: '{"orderId":1}' }, /must have required property/],
    [
      'has an unknown type',
      { headers: { ...sale().headers, eventType: 'X' } },
      /unknown event type X/,
    ],
    [
      'has no version',
      { headers: { ...sale().headers, aggregateVersion: '' } },
      /aggregateVersion/,
    ],
    ['has a newer schema', { headers: { ...sale().headers, schemaVersion: '2' } }, /newer than 1/],
    ['has another key', { key: '2' }, /the key is 2/],
    [
      'was placed on no day of the calendar',
      { value: sale().value.replace('02-27T', '02-30T') },
      /placedAt is no instant/,
    ],
  ];

  test.each(broken)(
    'because it %s is parked, and the next one is applied',
    async (_, part, reason) => {
      await views.apply({ ...sale(), ...part }, order(5, [item(1, 1, '7.00')]));

      expect(await letters()).toEqual([
        expect.objectContaining({
          topic: 'order-events',
          record_offset: 0,
          reason: expect.stringMatching(reason) as string,
        }),
      ]);
      expect(views.metrics.openDeadLetters).toBe(1);
      expect(await views.contents()).toMatchObject({ products: [{ total_cents: 700 }] });
    },
  );

  test('is healed by a newer version of its aggregate', async () => {
    await views.apply({ ...sale(), value: 'poison' });
    expect(views.metrics.openDeadLetters).toBe(1);

    await views.apply(sale(2));

    expect(views.metrics.openDeadLetters).toBe(0);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 500 }] });
  });

  test('is not healed by another aggregate', async () => {
    await views.apply({ ...sale(), value: 'poison' });
    await views.apply(order(2, [item(1, 1, '5.00')]));

    expect(views.metrics.openDeadLetters).toBe(1);
  });

  test('stays known as open after a restart', async () => {
    await views.apply({ ...sale(), value: 'poison' });
    views = await views.reopen();

    expect(views.metrics.openDeadLetters).toBe(1);
  });

  test('is kept with its bytes and headers', async () => {
    await views.apply({ ...sale(), value: '\u0000 poison' });

    const [letter] = (await letters()) as { headers: string; value: string }[];
    expect(Buffer.from(letter?.value ?? '', 'base64').toString()).toBe('\u0000 poison');
    expect(JSON.parse(letter?.headers ?? '')).toMatchObject({ eventType: 'OrderCreated' });
  });
});

test('a long run of unreadable events halts instead of parking the world', async () => {
  const poison = () => ({ ...sale(), value: 'poison' });
  await views.apply(poison(), poison(), poison());

  await expect(views.apply(poison())).rejects.toThrow(/more than 3 events in a row/);
  expect(await letters()).toHaveLength(3);
});

test('events of another database stop the views instead of passing as duplicates', async () => {
  await views.apply(product(1, 'A'));
  const foreign = order(1, [item(1, 1, '5.00')], {
    source: 'ffffffff-0000-4000-8000-000000000002',
  });

  await expect(views.apply(foreign)).rejects.toThrow(/another database/);
  expect(await views.contents()).toMatchObject({ products: [{ total_cents: 0 }], hours: [] });
});
