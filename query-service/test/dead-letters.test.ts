import { item, order, product, type TestEvent } from './support/events';
import { openViews, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

const sale = (version = 1): TestEvent => order(1, [item(1, 1, '5.00')], { version });
const deadLetters = () =>
  views.store.reader.all('SELECT * FROM dead_letter ORDER BY record_offset');

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

      expect(await deadLetters()).toEqual([
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

    const [deadLetter] = (await deadLetters()) as { headers: string; value: string }[];
    expect(Buffer.from(deadLetter?.value ?? '', 'base64').toString()).toBe('\u0000 poison');
    expect(JSON.parse(deadLetter?.headers ?? '')).toMatchObject({ eventType: 'OrderCreated' });
  });
});

test('a long run of unreadable events halts instead of parking the world', async () => {
  const poison = () => ({ ...sale(), value: 'poison' });
  await views.apply(poison(), poison(), poison());

  await expect(views.apply(poison())).rejects.toThrow(/more than 3 events in a row/);
  expect(await deadLetters()).toHaveLength(3);
});

describe('of another database', () => {
  const source = 'ffffffff-0000-4000-8000-000000000002';
  const foreign = (id: number) => order(id, [item(1, 1, '5.00')], { source });
  const many = (count: number) => Array.from({ length: count }, (_, id) => foreign(id + 1));

  test('a run of events stops the views instead of passing as duplicates', async () => {
    await views.apply(product(1, 'A'));

    await expect(views.apply(...many(11))).rejects.toThrow(/another database/);
    expect(await deadLetters()).toEqual([]);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 0 }], hours: [] });
  });

  test('a run stops them as well when it comes one by one', async () => {
    await views.apply(product(1, 'A'));
    for (const event of many(10)) await views.apply(event);

    await expect(views.apply(foreign(11))).rejects.toThrow(
      /another database .*more than 10 in a row/,
    );
    expect(await deadLetters()).toHaveLength(10);
  });

  test('a stray is parked, changes nothing, and is healed by no version of ours', async () => {
    await views.apply(product(1, 'A'), sale(1));
    await views.apply(foreign(1), order(2, [item(1, 1, '7.00')]));
    await views.apply(sale(2));

    expect(await deadLetters()).toMatchObject([
      { state: 'open', reason: expect.stringMatching(/another database/) as string, subject: null },
    ]);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 1_200 }] });
  });

  test('strays between events of ours never stop them', async () => {
    await views.apply(product(1, 'A'));
    for (let id = 1; id <= 15; id++)
      await views.apply(foreign(id), order(id, [item(1, 1, '1.00')]));

    expect(await deadLetters()).toHaveLength(15);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 1_500 }] });
  });

  test('a stray that comes first does not decide whose the views are', async () => {
    await views.apply(foreign(1), sale(), order(2, [item(1, 1, '7.00')]));
    await views.apply(order(3, [item(1, 1, '1.00')]));

    expect(await deadLetters()).toHaveLength(1);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 1_300 }] });
  });
});
