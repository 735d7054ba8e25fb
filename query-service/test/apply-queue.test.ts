import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { fetched, item, order } from './support/events';
import { openViews } from './support/views';

const orders = (...offsets: number[]) =>
  offsets.map((offset) => fetched(order(offset + 1, [item(1, 1, '5.00')]), offset));

test('what waits during a swap goes to the other views once, and takes no offset back', async () => {
  const before = await openViews();
  const after = await openViews();
  const { queue } = before;
  await after.queue.apply(orders(0, 1, 2));

  let waiting: Promise<void> = Promise.resolve();
  await queue.exclusive(() => {
    waiting = queue.apply(orders(0, 1));
    queue.follow(after.queue.applier);
    return Promise.resolve();
  });
  await waiting;
  expect(await after.store.progress()).toMatchObject([{ offset: 2 }]);

  await queue.apply(orders(1, 2, 3));
  expect(await after.store.progress()).toMatchObject([{ offset: 3 }]);
  expect(await after.contents()).toMatchObject({ products: [{ total_cents: 2_000 }] });
  expect(await before.contents()).toMatchObject({ products: [] });
  await before.close();
  await after.close();
});

test('requests are answered while a large batch is decoded', async () => {
  const views = await openViews();
  const batch = orders(...Array(8_000).keys());
  let isDecoded = false;
  const [late] = batch.slice(7_000);
  Object.defineProperty(late, 'key', {
    get: () => ((isDecoded = true), '7001'),
  });
  const applied = views.queue.apply(batch);
  await turnOfTheLoop();
  expect(isDecoded).toBe(false);
  await applied;
  expect(isDecoded).toBe(true);
  expect(await views.contents()).toMatchObject({ products: [{ total_cents: 8_000 * 500 }] });
  await views.close();
});
