import { Connection } from '../src/store/sqlite/connection';
import { invariantsOf } from '../src/views/invariants';
import { definition } from '../src/views/views';
import { openSqliteTarget, type SqliteTarget } from './simulation/sqlite-target';
import { item, order, product, fetched } from './support/events';
import { Applier } from '../src/apply/applier';
import { ApplyQueue } from '../src/apply/apply-queue';
import { ApplyMetrics } from '../src/apply/metrics';
import { silent } from './support/views';

let target: SqliteTarget;
let database: Connection;
beforeAll(async () => {
  target = await openSqliteTarget();
  database = await Connection.openWriter(target.file);
});
afterAll(async () => {
  await database.close();
  await target.close();
});

beforeEach(async () => {
  await target.erase();
  const { store } = target;
  const options = { store, maxParkedRun: 3, metrics: new ApplyMetrics(), logger: silent };
  const queue = new ApplyQueue(await Applier.open(options));
  await queue.apply([product(1, 'A'), product(2, 'B')].map(fetched));
  await queue.apply(
    [
      order(1, [item(1, 2, '5.00'), item(2, 1, '0.07')]),
      order(2, [item(3, 1, '1.00')], { customerId: 2 }),
      order(3, [item(1, 1, '9.00')], { customerId: 2 }),
      order(3, [item(1, 1, '9.00')], { customerId: 2, version: 2, status: 'CANCELLED' }),
    ].map(fetched),
  );
});

async function found(invariants = definition.invariants): Promise<string[]> {
  const rows = await Promise.all(
    invariants.map((invariant) => database.all<Record<string, string>>(invariant)),
  );
  return rows.flat().flatMap((texts) => Object.values(texts));
}

test('of a file that holds what was applied, nothing is said', async () => {
  expect(await found()).toEqual([]);
});

test.each([
  [
    'product_sales SET total_cents = total_cents + 1 WHERE product_id = 1',
    /^product 1: 1000 total_cents in hourly-sales, 1001 total_cents in product-sales/,
  ],
  [
    'hourly_sales SET total_cents = total_cents + 1 WHERE product_id = 3',
    /^product 3: 101 total_cents in hourly-sales, 100 total_cents in product-sales/,
  ],
  ["category_revenue SET products = 2 WHERE category = 'A'", /^category A: 2 products/],
  [
    'product_revenue SET category = NULL WHERE product_id = 2',
    /^product 2: version 1 is applied, its category is unknown/,
  ],
  [
    'product_name SET product_id = 9 WHERE product_id = 2',
    /^product 2: version 1 is applied, its name is unknown/,
  ],
  [
    "orders_by_status SET orders = 3 WHERE status = 'CREATED'",
    /^status CREATED: 3 orders, 2 orders are in it/,
  ],
  ['order_state SET status = 0 WHERE order_id = 3', /^status CANCELLED: 1 orders, 0 orders/],
  [
    'customer_totals SET orders = 2 WHERE customer_id = 2',
    /^together: 3 orders in customer-totals, 2 orders are applied/,
  ],
  [
    'customer_totals SET total_cents = 101 WHERE customer_id = 2',
    /^together: 1108 total_cents in customer-totals, 1107 total_cents in product-sales/,
  ],
  [
    'hourly_sales SET units = 0 WHERE product_id = 2',
    /^hourly-sales hour \d+ product_id 2: 0 units/,
  ],
])('UPDATE %s is found', async (change, text) => {
  await database.script(`UPDATE ${change}`);
  expect(await found()).toContainEqual(expect.stringMatching(text));
});

test('totals that are beyond 64 bits together are compared all the same', async () => {
  const most = Number.MAX_SAFE_INTEGER;
  await database.script(`
    DELETE FROM customer_totals; DELETE FROM product_sales; DELETE FROM product_revenue;
    DELETE FROM hourly_sales; DELETE FROM category_revenue; DELETE FROM product_state;
    DELETE FROM product_name; DELETE FROM order_state; DELETE FROM orders_by_status;
    WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 2000)
    INSERT INTO customer_totals SELECT id, 0, ${most} FROM ids;
    INSERT INTO product_sales SELECT customer_id, total_cents FROM customer_totals;
    INSERT INTO product_revenue SELECT customer_id, total_cents, NULL FROM customer_totals;
    INSERT INTO hourly_sales SELECT 1, customer_id, 1, total_cents FROM customer_totals;
  `);
  // Another view, such as the guide's, has not got these amounts.
  const filled = ['product-sales', 'category-revenue', 'hourly-sales', 'customer-totals'];
  const invariants = invariantsOf(definition.views.filter(({ name }) => filled.includes(name)));
  expect(await found(invariants)).toEqual([]);
  await database.script(
    `UPDATE customer_totals SET total_cents = ${most - 1} WHERE customer_id = 7`,
  );
  expect(await found(invariants)).toEqual([
    expect.stringMatching(/^together: \d+ total_cents in customer-totals/),
  ]);
});
