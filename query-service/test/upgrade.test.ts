import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { rebuildFailpoints } from '../src/failpoints';
import { Connection } from '../src/store/sqlite/connection';
import { projectionVersion } from '../src/views/views';
import { item, order, product } from './support/events';
import { useSuite } from './support/suite';

const suite = useSuite();

afterEach(disarmFailpoints);

/** What the topics hold that `projection-5.sql` was filled from. */
const history = [
  product(1, 'Electronics'),
  product(2, 'Books'),
  order(1, [item(1, 2, '500.00'), item(2, 1, '0.07')]),
  order(2, [item(1, 1, '9.99')], { customerId: 2 }),
  order(2, [item(1, 1, '9.99')], { customerId: 2, version: 2, status: 'CANCELLED' }),
  order(3, [item(2, 3, '5.00')], { customerId: 2, status: 'GONE' }),
  order(4, [item(2, 3, '5.00')], { customerId: 2, status: 'GONE' }),
];

test('the folder of projection version 5 answers while a new file is filled, and its dead letters stay settled', async () => {
  await suite.cluster.relay(...history);
  armFailpoints(`${rebuildFailpoints.verified}=delay:60000`);
  await suite.restart(async () => {
    const before = join(suite.service.folder, 'views-before.sqlite');
    const database = await Connection.openWriter(before);
    await database.script(await readFile(join(__dirname, 'data', 'projection-5.sql'), 'utf8'));
    // As of a program that did not know this kind of aggregate.
    await database.script('DROP TABLE product_state');
    await database.close();
    await writeFile(join(suite.service.folder, 'current'), 'views-before.sqlite\n');
  });

  const { service } = suite;
  expect(await service.databaseFile()).toMatch(/views-before\.sqlite$/);
  for (const [path, body] of [
    ['/products/1/sales', { productId: 1, totalSales: 1000 }],
    ['/categories/Books/revenue', { category: 'Books', totalRevenue: 0.07 }],
    ['/customers/1/totals', { customerId: 1, orders: 1, totalSpent: 1000.07 }],
    ['/orders-by-status', { CREATED: 1, SHIPPED: 0, DELIVERED: 0, CANCELLED: 1 }],
  ] as const) {
    const answer = await service.get(`/api/analytics${path}`);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.headers.get('Views-State')).toBe('catching-up');
  }

  disarmFailpoints();
  await suite.ready();
  expect(await service.databaseFile()).not.toMatch(/views-before\.sqlite$/);
  expect(service.replica.describe().projectionVersion).toBe(projectionVersion);
  await suite.salesOf(1, 1000);
  const deadLetters = await service.replica.serving.reader.all(
    'SELECT record_offset, state, settled_why FROM dead_letter ORDER BY record_offset',
  );
  expect(deadLetters).toEqual([
    { record_offset: 1, state: 'open', settled_why: null },
    { record_offset: 2, state: 'discarded', settled_why: 'it was a test' },
  ]);
});
