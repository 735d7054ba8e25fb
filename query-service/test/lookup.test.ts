import { lookup } from '../src/views/lookup';
import type { Reader } from '../src/store/sql';
import { products } from '../src/views/product-sales/view';
import { windowReader } from '../src/views/hourly-sales/read-windows';
import { item, order, product } from './support/events';
import { instead, openViews, type TestViews } from './support/views';

let views: TestViews;
beforeEach(async () => (views = await openViews()));
afterEach(() => views.close());

describe('rows that are looked up at the same time', () => {
  test('are each its own, whatever others ask for and whether it is there', async () => {
    const ids = Array.from({ length: 130 }, (_, n) => n + 1);
    await views.apply(
      ...ids.map((id) => product(id, 'Tools')),
      ...ids.map((id) => order(id, [item(id, id, '1.00')])),
    );
    const salesOf = lookup(views.store.reader, products);
    const asked = [...ids, 999_999, ...ids.toReversed(), 1, 1];
    const rows = await Promise.all(asked.map(salesOf));
    expect(rows.map((row) => row?.total_cents)).toEqual(
      asked.map((id) => (id > 130 ? undefined : String(id * 100))),
    );
  });

  test('are read by few statements, and the next time anew', async () => {
    let statements = 0;
    const counting: Pick<Reader, 'byKey'> = {
      byKey: (table, keys) => {
        statements++;
        return views.store.reader.byKey(table, keys);
      },
    };
    const reader = instead(views.store.reader, counting);
    const salesOf = lookup(reader, products);
    await views.apply(product(1, 'Tools'));
    await Promise.all(Array.from({ length: 64 }, () => salesOf(1)));
    expect(statements).toBe(1);
    await views.apply(order(1, [item(1, 2, '0.50')]));
    expect(await salesOf(1)).toMatchObject({ total_cents: '100' });
  });

  test('are refused together when reading fails', async () => {
    const byKey = () => Promise.reject(new Error('no file'));
    const reader = instead(views.store.reader, { byKey });
    const rows = [1, 2].map(lookup(reader, products));
    expect(await Promise.allSettled(rows)).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ]);
  });
});

test('ids beyond 32 bits are found, one by one and by the hour', async () => {
  const id = Number.MAX_SAFE_INTEGER - 1;
  await views.apply(product(id, 'Tools'), order(1, [item(id, 1, '1.00'), item(id - 1, 1, '2.00')]));
  const salesOf = lookup(views.store.reader, products);
  expect(await Promise.all([id, id - 1].map(salesOf))).toMatchObject([
    { total_cents: '100' },
    { total_cents: '200' },
  ]);
  const readWindows = windowReader(views.store.reader);
  const all = { start: 0, end: 1e6, afterHour: Number.MIN_SAFE_INTEGER, afterProduct: 0 };
  expect(await readWindows({ ...all, productId: id }, 10)).toMatchObject([
    { productId: id, cents: '100' },
  ]);
  const [first] = await readWindows({ ...all, productId: null }, 1);
  expect(first).toMatchObject({ productId: id - 1 });
  const behind = { afterHour: first?.hour ?? 0, afterProduct: id - 1, productId: null };
  expect(await readWindows({ ...all, ...behind }, 10)).toMatchObject([
    { productId: id, cents: '100' },
  ]);
});
