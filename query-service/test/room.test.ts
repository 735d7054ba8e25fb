import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { fetched, item, order } from './support/events';
import { openViews, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => {
  views = await openViews();
});
afterEach(() => views.close());

/** Hands over orders while a transaction is being written. @returns whether more was welcome meanwhile */
async function isWelcomeBehind(orders: number, items: number): Promise<boolean> {
  const { queue } = views;
  let resume = (): void => undefined;
  const writing = new Promise<null>((resolve) => (resume = () => resolve(null)));
  const turn = queue.exclusive(() => writing);
  const lines = Array.from({ length: items }, (_, i) => item(i + 1, 1, '500.00'));
  const batch = Array.from({ length: orders }, (_, i) => fetched(order(i + 1, lines), i));
  const applied = queue.apply(batch);
  let welcome = false;
  const room = queue.hasRoom().then(() => (welcome = true));
  await turnOfTheLoop();
  const meanwhile = welcome;
  resume();
  await Promise.all([turn, applied, room]);
  return meanwhile;
}

describe('while a transaction is being written', () => {
  test('more is read behind a thousand ordinary orders', async () => {
    await expect(isWelcomeBehind(1_000, 3)).resolves.toBe(true);
  });

  test('nothing more is read behind 8,000 of them', async () => {
    await expect(isWelcomeBehind(8_000, 3)).resolves.toBe(false);
  });

  test('nor behind as many bytes of the largest orders', async () => {
    await expect(isWelcomeBehind(200, 500)).resolves.toBe(false);
  });
});
