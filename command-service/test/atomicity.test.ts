import { randomUUID } from 'node:crypto';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { failpoints } from '../src/failpoints';
import { appendEvent } from '../src/outbox/append-event';
import { insertProduct } from '../src/products/table';
import { productCreated } from '../src/products/product';
import { toCents } from '../src/http/validation';
import { connectedTo, useTestService } from './support/service';

const stack = useTestService();
beforeAll(async () => {
  await stack.http.post('/api/products', { name: 'Laptop', category: 'Electronics', price: 500 });
  await stack.http.post('/api/orders', order);
});
afterEach(disarmFailpoints);

const order = { customerId: 1, items: [{ productId: 1, quantity: 2, price: 500 }] };

/** Each command, and what it would leave in the tables. */
const commands = {
  'POST /api/products': () =>
    stack.http.post('/api/products', { name: 'A', category: 'B', price: 1 }),
  'POST /api/orders': () => stack.http.post('/api/orders', order),
  'POST /api/orders with a key': () =>
    stack.http.post('/api/orders', order, { 'Idempotency-Key': `"${randomUUID()}"` }),
  'PUT /api/orders/1/status': () => stack.http.put('/api/orders/1/status', { status: 'SHIPPED' }),
};
const commandNames = Object.keys(commands) as (keyof typeof commands)[];

/** Everything that a command can write. */
async function state(): Promise<unknown> {
  const [tables] = await stack.query(
    `SELECT (SELECT json_agg(products ORDER BY id) FROM products) AS products,
            (SELECT json_agg(orders ORDER BY id) FROM orders) AS orders,
            (SELECT json_agg(order_items ORDER BY order_id, position) FROM order_items) AS items,
            (SELECT json_agg(outbox ORDER BY id) FROM outbox) AS outbox,
            (SELECT json_agg(idempotency_keys) FROM idempotency_keys) AS keys`,
  );
  return tables;
}

describe('a rolled back command leaves neither entity nor event', () => {
  test.each([
    ['POST /api/products', 'insert-product'],
    ['POST /api/products', 'append-event'],
    ['PUT /api/orders/1/status', 'update-order-status'],
    ['PUT /api/orders/1/status', 'append-event'],
  ] as const)('%s, failing behind %s', async (command, name) => {
    const before = await state();
    armFailpoints(`${name}=throw`);
    const answer = await commands[command]();
    expect(answer.status).toBe(500);
    expect(answer.body.detail).toBe('an unexpected error; the log has it');
    expect(await state()).toEqual(before);
  });

  test.each(commandNames)('%s, when the database refuses the event', async (command) => {
    const before = await state();
    await stack.query('ALTER TABLE outbox ADD CONSTRAINT closed CHECK (false) NOT VALID');
    try {
      const answer = await commands[command]();
      expect(answer.status).toBe(500);
      expect(JSON.stringify(answer.body)).not.toContain('closed');
    } finally {
      await stack.query('ALTER TABLE outbox DROP CONSTRAINT closed');
    }
    expect(await state()).toEqual(before);
  });

  test.each(commandNames)('%s, when the database does not know its own id', async (command) => {
    const before = await state();
    await stack.query('CREATE TABLE kept AS TABLE source');
    await stack.query('TRUNCATE source');
    try {
      expect((await commands[command]()).status).toBe(503);
    } finally {
      await stack.query('INSERT INTO source TABLE kept');
      await stack.query('DROP TABLE kept');
    }
    expect(await state()).toEqual(before);
  });

  test('a command whose event is larger than 512 KiB, which is 413', async () => {
    const before = await state();
    const database = await connectedTo(stack.postgres);
    try {
      const tooLarge = () =>
        database.transaction(async (sql) => {
          const name = 'x'.repeat(512 * 1024);
          const product = { name: 'A', category: 'B', priceCents: toCents(1) };
          const route = { topic: 'product-events', traceparent: '' };
          const inserted = await insertProduct(sql, product);
          await appendEvent(sql, productCreated({ ...inserted, name }), route);
        });
      await expect(tooLarge()).rejects.toMatchObject({ status: 413 });
    } finally {
      await database.close();
    }
    expect(await state()).toEqual(before);
  });
});

test('a command that commits by itself has one statement: a second is refused', async () => {
  const before = await state();
  const database = await connectedTo(stack.postgres);
  try {
    const two = () =>
      database.statement(async (sql) => {
        await sql({ name: 'first', text: 'SELECT 1' });
        await sql({ name: 'second', text: 'UPDATE orders SET version = version + 1' });
      });
    await expect(two()).rejects.toThrow('a second statement would be a second transaction');
  } finally {
    await database.close();
  }
  expect(await state()).toEqual(before);
});

test('a command that fails after its commit has left both, whatever its client was told', async () => {
  const before = (await stack.query('SELECT FROM outbox')).length;
  armFailpoints(`${failpoints.committed}=throw`);
  expect((await commands['PUT /api/orders/1/status']()).status).toBe(500);
  expect(await stack.query('SELECT status, version FROM orders WHERE id = 1')).toEqual([
    { status: 'SHIPPED', version: 2 },
  ]);
  expect(await stack.query('SELECT FROM outbox')).toHaveLength(before + 1);
});
