import { query as queryAs } from 'local/query';
import { startTemporaryPostgres, type TemporaryPostgres } from '../../local/test/support/temporary';
import { until } from 'local/until';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { readMigrationConfig } from '../src/config';
import { migrate } from '../src/migrate';
import { type CommandService, startService } from '../src/service';
import { type Answer, httpClient, type HttpClient } from './support/http';
import { config, environment, silent, untilReady, untilTaken } from './support/service';
import { openWire, type Wire } from './support/wire';

let postgres: TemporaryPostgres;
let wire: Wire;
let service: CommandService;
let http: HttpClient;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  wire = await openWire(postgres);
  await postgres.kill();
  service = await startService(wired(), silent);
  http = httpClient(service.port);
});
afterAll(async () => {
  await service.stop();
  await wire.close();
  await postgres.stop();
});
afterEach(disarmFailpoints);

/**
 * The service talks to the database through the wire; the test talks to it directly. It purges no keys meanwhile: that
 * is a command of its own, which would be cut in the place of the one that is meant.
 */
function wired() {
  const { database, idempotency, ...rest } = config(postgres);
  return {
    ...rest,
    database: { ...database, port: wire.port },
    idempotency: { ...idempotency, purgeEveryMs: 86_400_000 },
  };
}

const query = <Row>(text: string) => queryAs<Row>(postgres, text);
const createProduct = () => http.post('/api/products', { name: 'A', category: 'B', price: 1 });
const counts = () =>
  query(
    'SELECT (SELECT count(*) FROM products) AS products, (SELECT count(*) FROM outbox) AS outbox',
  );

const productCount = async () => (await query('SELECT FROM products')).length;

/** @returns the process of the only command that is between two statements, its entity written */
async function untilIdleInTransaction(): Promise<number> {
  return until(async () => {
    const rows = await query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity
       WHERE application_name = 'command-service' AND state = 'idle in transaction'
         AND query LIKE 'INSERT%'`,
    );
    if (rows[0] === undefined) throw new Error('no command is between two statements');
    return rows[0].pid;
  }, 60_000);
}

async function expectUnavailable(request: () => Promise<Answer>, withinMs: number) {
  const started = performance.now();
  const answer = await request();
  expect(answer.status).toBe(503);
  expect(performance.now() - started).toBeLessThan(withinMs);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  return answer;
}

describe('a service that starts without its database', () => {
  test('lives, is not ready and says why, and answers 503', async () => {
    expect((await http.get('/health/live')).status).toBe(200);
    const ready = await http.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body.reasons).toEqual(['the database is not reachable']);
    await expectUnavailable(createProduct, 500);
    await expectUnavailable(() => http.get('/api/products/1'), 500);
  });

  test('answers 503 as long as the database is not migrated, and says so', async () => {
    await postgres.restart();
    await query(`CREATE ROLE command_service LOGIN PASSWORD 'it''s "secret"'`);
    await until(async () => {
      const { body } = await http.get('/health/ready');
      expect(body.reasons).toEqual(['the database has not been migrated']);
    }, 60_000);
    await expectUnavailable(createProduct, 500);
  });

  test('becomes ready by itself', async () => {
    await migrate(readMigrationConfig(environment(postgres)), silent);
    await untilReady(service, 60_000);
    expect((await createProduct()).status).toBe(201);
    expect((await httpClient(service.adminPort).get('/health/ready')).status).toBe(200);
  });
});

describe('a database that goes away', () => {
  test('is answered 503 within 3 s, and the service recovers by itself when it is back', async () => {
    await postgres.kill();
    await expectUnavailable(createProduct, 3_000);
    await expectUnavailable(() => http.get('/api/products/1'), 3_000);
    expect((await http.get('/health/ready')).body.reasons).toEqual([
      'the database is not reachable',
    ]);
    await postgres.restart();
    await untilReady(service, 60_000);
    expect((await createProduct()).status).toBe(201);
  });

  test('and says nothing is answered 503 within 3 s, and leaves nothing half done', async () => {
    const before = await counts();
    wire.hold();
    await expectUnavailable(createProduct, 3_000);
    expect((await http.get('/health/ready')).body.reasons).toEqual([
      'the database does not answer',
    ]);
    wire.release();
    await untilReady(service, 60_000);
    expect(await counts()).toEqual(before);
    expect((await createProduct()).status).toBe(201);
  });

  test('and falls silent within a command: the next command does not commit its half', async () => {
    const before = await productCount();
    armFailpoints('insert-product=delay:60000');
    const answer = expectUnavailable(createProduct, 20_000);
    await untilIdleInTransaction();
    wire.hold();
    disarmFailpoints();
    await answer;
    wire.release();
    await untilReady(service);
    expect((await createProduct()).status).toBe(201);
    expect(await productCount()).toBe(before + 1);
  });

  test('within a command is answered 503, and nothing is changed', async () => {
    const before = await counts();
    armFailpoints('append-event=delay:60000');
    const answer = expectUnavailable(createProduct, 20_000);
    const pid = await untilIdleInTransaction();
    await query(`SELECT pg_terminate_backend(${pid}, 60000)`);
    disarmFailpoints();
    expect((await answer).body.detail).toBe('the database is not available; nothing was changed');
    expect(await counts()).toEqual(before);
  });

  test('before it confirms a commit: the answer is 503 and says that the outcome is unknown', async () => {
    wire.cutAfter('COMMIT');
    const answer = await expectUnavailable(createProduct, 3_000);
    expect(answer.body.outcome).toBe('unknown');
    expect((await createProduct()).status).toBe(201);
  });

  test('before it confirms an order, which is one statement: the outcome is unknown, too', async () => {
    const customerId = 87_654_321;
    const items = [{ productId: 1, quantity: 1, price: 1 }];
    const place = () => http.post('/api/orders', { customerId, items });
    wire.cutAfter(String(customerId));
    const answer = await expectUnavailable(place, 3_000);
    expect(answer.body.outcome).toBe('unknown');
    expect(
      await query(
        `SELECT (SELECT count(*)::int FROM orders) AS orders,
                (SELECT count(*)::int FROM outbox WHERE aggregatetype = 'order') AS events`,
      ),
    ).toEqual([{ orders: 1, events: 1 }]);
    expect((await place()).body.id).toBe(2);
  });

  test('before it confirms a group of orders: the outcome is unknown for each of them, and none is tried again', async () => {
    const first = 87_650_000;
    const place = (customerId: number) =>
      http.post('/api/orders', { customerId, items: [{ productId: 1, quantity: 1, price: 1 }] });
    const placed = () =>
      query<{ customer: string; xmin: string }>(
        `SELECT customer_id AS customer, xmin::text FROM orders WHERE customer_id >= ${first}
           AND customer_id < ${first + 100} ORDER BY id`,
      );
    armFailpoints('place-orders=delay:60000');
    const ahead = [];
    for (const statements of [1, 2]) {
      ahead.push(place(first + 50 + statements));
      await until(async () => expect(await placed()).toHaveLength(statements), 60_000);
    }
    wire.cutAfter(`"customer_id":${first + 3}`);
    const answers = [0, 1, 2, 3, 4].map((n) => place(first + n));
    await untilTaken(http);
    disarmFailpoints();
    expect((await Promise.all(ahead)).map(({ status }) => status)).toEqual([201, 201]);
    for (const answer of await Promise.all(answers)) {
      expect([answer.status, answer.body.outcome]).toEqual([503, 'unknown']);
    }
    const [, , ...group] = await placed();
    expect(group.map(({ customer }) => Number(customer) - first).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(group.map(({ xmin }) => xmin)).size).toBe(1);
    expect((await place(first + 60)).status).toBe(201);
  });
});

describe('an order that somebody else has locked', () => {
  const ship = () => http.put('/api/orders/1/status', { status: 'SHIPPED' });
  let unlock: () => Promise<void>;

  beforeAll(async () => {
    const items = [{ productId: 1, quantity: 1, price: 1 }];
    expect((await http.post('/api/orders', { customerId: 1, items })).status).toBe(201);
    unlock = await lockOrder();
  });
  afterAll(() => unlock());

  /** Locks order 1 on a connection of its own until the returned function is called. */
  async function lockOrder(): Promise<() => Promise<void>> {
    const holding = queryAs(
      postgres,
      `BEGIN; SELECT FROM orders WHERE id = 1 FOR UPDATE; SELECT pg_sleep(60)`,
    ).catch(() => undefined);
    await until(async () => {
      expect(await query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).toHaveLength(
        1,
      );
    }, 60_000);
    return async () => {
      await query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`,
      );
      await holding;
    };
  }

  test('is answered 503 soon, also to those who wait for a connection of the pool', async () => {
    // 2 s for a connection, then 2 s in the queue for the row and 2 s for its holder.
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => expectUnavailable(ship, 15_000)),
    );
    expect(answers).toHaveLength(40);
  });
});
