import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { rebuildFailpoints } from '../src/failpoints';
import type { Table } from '../src/store/table';
import type { Definition } from '../src/views/view';
import { definition, projectionVersion, views } from '../src/views/views';
import { item, order, product, type TestEvent } from './support/events';
import { useSuite } from './support/suite';

const suite = useSuite();

const sale = (id: number): TestEvent => order(id, [item(1, 1, '5.00')]);
const hours = '/api/analytics/hourly-sales?start=2026-02-27T09:00:00Z&end=2026-02-27T12:00:00Z';

/** A release that has changed the hourly sales, and nothing else. */
const nextRelease: Definition = {
  ...definition,
  version: projectionVersion + 1,
  views: views.map((view) =>
    view.name === 'hourly-sales' ? { ...view, readableSince: projectionVersion + 1 } : view,
  ),
};

afterEach(disarmFailpoints);
beforeEach(async () => {
  await suite.cluster.relay(product(1, 'A'), sale(1), sale(2), sale(3));
  await suite.salesOf(1, 15);
  await suite.ready();
});

test('a new projection version fills a new file by itself; the one before answers meanwhile', async () => {
  const before = await suite.databaseFile();
  armFailpoints(`${rebuildFailpoints.verified}=delay:60000`);
  await suite.restart(() => suite.cluster.relay(sale(4)), nextRelease);

  // What the file before has in the same form is answered, marked; what it has not, is not guessed.
  const old = await suite.service.get('/api/analytics/products/1/sales');
  expect(old).toMatchObject({ status: 200, body: { totalSales: 15 } });
  expect(old.headers.get('Views-State')).toBe('catching-up');
  expect(old.headers.get('As-Of')).toBeNull();
  expect(await suite.service.get(hours)).toMatchObject({ status: 503 });
  expect((await suite.service.admin('GET', '/dead-letters')).status).toBe(503);
  await suite.notReady(
    new RegExp(`to be filled anew for projection version ${projectionVersion + 1}: \\w+, \\d+`),
  );

  disarmFailpoints();
  await suite.ready();
  expect(await suite.databaseFile()).not.toBe(before);
  await suite.salesOf(1, 20);
  expect(await suite.service.get(hours)).toMatchObject({ status: 200 });
  await suite.viewsState('current');
});

test('whoever changes the tables of a view is reminded of its versions', () => {
  const form = ({ name, key, adds, sets }: Table): string =>
    `${name} (${[key, adds, sets].map((columns) => Object.keys(columns).join(' ')).join('; ')})`;
  const known = views.map(
    ({ name, tables, readableSince }) =>
      `${name} since ${readableSince}: ${tables.map(form).join(', ') || 'nothing'}`,
  );
  // When this fails: raise projectionVersion and the changed view's readableSince, then write down its form.
  expect(known).toEqual([
    'product-sales since 3: product-sales (product_id; total_cents; )',
    'category-revenue since 3: product-revenue (product_id; total_cents; category), category-revenue (category; products total_cents; )',
    'hourly-sales since 3: hourly-sales (hour product_id; units total_cents; )',
    'top-products since 4: product-name (product_id; ; name)',
    'category-revenue-over-time since 3: nothing',
    'orders-by-status since 4: orders-by-status (status; orders; )',
    'customer-totals since 4: customer-totals (customer_id; orders total_cents; )',
  ]);
});

test('a view is not older than the views whose tables it reads', () => {
  const since = new Map(views.map(({ name, readableSince }) => [name, readableSince]));
  for (const { reads = [], readableSince } of views) {
    for (const read of reads) expect(since.get(read)).toBeLessThanOrEqual(readableSince);
  }
});
