import { redriveAll } from '../src/apply/redrive';
import { fetched, item, order, product } from './support/events';
import { openViews, silent, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

const deadLetters = () =>
  views.store.reader.all<{ state: string; version: number; reason: string }>(
    'SELECT state, version, reason FROM dead_letter ORDER BY version',
  );
const takenOut = order(7, [item(1, 1, '5.00')], { version: 2, status: 'CANCELLED' });
const corrected = order(7, [item(1, 1, '6.00')], { version: 3, status: 'CREATED' });

test('an event that would leave what was counted in the sums is parked; when what takes it out has come, it is redriven', async () => {
  await views.apply(product(1, 'Books'), order(7, [item(1, 1, '5.00')]));
  const before = await views.contents();
  await views.apply(corrected);
  expect(await views.contents()).toEqual(before);
  expect(await deadLetters()).toMatchObject([{ state: 'open', version: 3 }]);
  expect(views.metrics.openDeadLetters).toBe(1);

  // Read again too early, it stays.
  expect(await redriveAll(views.queue, views.store.reader, 'test', silent)).toMatchObject({
    open: 1,
  });
  await views.apply(takenOut);
  expect(await redriveAll(views.queue, views.store.reader, 'test', silent)).toMatchObject({
    redriven: 1,
    open: 0,
  });
  expect(views.metrics.openDeadLetters).toBe(0);
  expect(await views.store.reader.all('SELECT total_cents FROM product_sales')).toEqual([
    { total_cents: 600 },
  ]);
});

test('read a second time, a refused event is parked once, and a later correction heals it', async () => {
  await views.apply(product(1, 'Books'), order(7, [item(1, 1, '5.00')]));
  await views.apply(corrected);
  await views.queue.apply([fetched(corrected, 1)]);
  expect(await deadLetters()).toHaveLength(1);
  await views.apply(
    order(7, [item(1, 1, '5.00')], { version: 4, status: 'CANCELLED' }),
    order(7, [item(1, 1, '6.00')], { version: 5, status: 'CREATED' }),
  );
  expect(await deadLetters()).toMatchObject([{ state: 'healed' }]);
});
