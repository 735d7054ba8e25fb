import { until } from 'local/until';
import { startTestService, type TestService } from './support/service';

// Commits wait for a standby that is never there: they are made here, and nowhere else.
let stack: TestService;
beforeAll(async () => {
  stack = await startTestService();
  await stack.http.post('/api/products', { name: 'Laptop', category: 'Electronics', price: 1 });
});
afterAll(() => stack.stop());

const waitForStandby = async (name: string): Promise<void> => {
  await stack.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await stack.query('SELECT pg_reload_conf()');
  // Not from when `SHOW` tells of it, but from when the checkpointer has read it.
  await until(async () => {
    const waits = await commitWaits();
    expect(waits).toBe(name !== '');
  }, 60_000);
};

/** Whether a commit waits for a standby now. */
async function commitWaits(): Promise<boolean> {
  let committed = false;
  const probe = stack
    .query(`/* probe */ CREATE TABLE IF NOT EXISTS probes (); DROP TABLE probes`)
    .then(() => (committed = true));
  const waits = await until(async () => {
    const [waiting] = await stack.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '/* probe%'`,
    );
    if (waiting === undefined && !committed) throw new Error('it neither waits nor is committed');
    return waiting;
  }, 60_000);
  // It is committed here all the same.
  if (waits !== undefined) await stack.query(`SELECT pg_cancel_backend(${waits.pid})`);
  await probe;
  return waits !== undefined;
}

const unknown = { status: 503, body: { outcome: 'unknown' } };
const order = { customerId: 1, items: [{ productId: 1, quantity: 1, price: 1 }] };

test.each<[string, string, object]>([
  ['an order', '/api/orders', order],
  ['a product', '/api/products', { name: 'Phone', category: 'Electronics', price: 2 }],
])(
  '%s that no standby has is not acknowledged, however often it is repeated',
  async (_, path, body) => {
    await waitForStandby('nobody');
    const headers = { 'Idempotency-Key': path };
    const place = () => stack.http.post(path, body, headers);
    expect(await place()).toMatchObject(unknown);
    const { body: health } = await stack.http.get('/health/ready');
    expect(health).toMatchObject({
      reasons: ['commits wait for a synchronous standby, which does not answer'],
    });

    // After a crash, the commit is there for everybody to read.
    await stack.postgres.restart();
    const table = path.endsWith('orders') ? 'orders' : 'products';
    const rows = await stack.query(`SELECT FROM ${table}`);
    await until(async () => expect(await place()).toMatchObject(unknown), 60_000);

    await waitForStandby('');
    await until(async () => {
      const { status, headers: sent } = await place();
      expect([status, sent.get('Idempotency-Replayed')]).toEqual([201, 'true']);
    }, 60_000);
    expect(await stack.query(`SELECT FROM ${table}`)).toHaveLength(rows.length);
    expect((await stack.http.get('/health/ready')).status).toBe(200);
  },
);
