import { query } from 'local/query';
import {
  startTemporaryPostgres,
  startTemporaryStandby,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import { TcpLink } from '../../local/test/support/tcp-link';
import { freePorts } from 'local/ports';
import { until } from 'local/until';
import { readMigrationConfig } from '../src/config';
import { migrate } from '../src/migrate';
import { type CommandService, startService } from '../src/service';
import { httpClient } from './support/http';
import { config, environment, silent, untilReady } from './support/service';

const laptop = { name: 'Laptop', category: 'Electronics', price: 1 };
const refused = {
  status: 503,
  body: { detail: expect.stringContaining('nothing was changed') as string },
};

let primary: TemporaryPostgres;
let standby: TemporaryPostgres;
let address: TcpLink;
let service: CommandService;
/** Who answers there. */
let answering: TemporaryPostgres;

beforeAll(async () => {
  primary = await startTemporaryPostgres({ standbys: true });
  answering = primary;
  const [port] = (await freePorts(1)) as [number];
  address = await TcpLink.open('clients → postgres', port, primary.port);
  await migrate(readMigrationConfig(environment(primary)), silent);
  standby = await startTemporaryStandby(primary, 'standby');
  service = await startService({ ...config({ ...primary, port }) }, silent);
  await untilReady(service);
});

afterAll(async () => {
  await service.stop();
  await address.close();
  await Promise.all([standby.stop(), primary.stop()]);
});

const http = () => httpClient(service.port);
const post = () => http().post('/api/products', laptop);
const sql = <Row>(text: string) => query<Row>(answering, text);
const accept = (skipped: number) =>
  sql(
    `SELECT accept_history(system_identifier, timeline, outbox, 'judged', ${skipped}) FROM present_history()`,
  );

/** Why it is not ready. */
async function reasons(): Promise<string> {
  return JSON.stringify((await http().get('/health/ready')).body);
}

test('the history that the migrations find is accepted, and a restart is no other one', async () => {
  expect(await post()).toMatchObject({ status: 201, body: { id: 1 } });
  await primary.restart();
  await untilReady(service);
  expect(await post()).toMatchObject({ status: 201 });
});

test('sessions that were open while the tables were restored from a dump write nothing', async () => {
  const [trigger] = await sql<{ definition: string }>(
    `SELECT pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgname = 'fence'`,
  );
  // What pg_restore --clean does: the rows of accepted_history come as they were.
  await sql(`ALTER TABLE outbox RENAME TO lost; CREATE TABLE outbox (LIKE lost INCLUDING ALL);
             GRANT SELECT, INSERT ON outbox TO command_service; ${trigger?.definition}`);
  expect(await post()).toMatchObject(refused);
  expect(await reasons()).toContain('commands are refused: the tables of PostgreSQL were restored');
  await sql('DROP TABLE outbox; ALTER TABLE lost RENAME TO outbox');
  expect(await post()).toMatchObject({ status: 201 });
});

test('a dump that comes into another server is not accepted there', async () => {
  await sql(
    'UPDATE accepted_history SET system_identifier = system_identifier + 1; SELECT fence_tables()',
  );
  expect(await post()).toMatchObject(refused);
  expect(await reasons()).toContain('PostgreSQL is another server than it was');
  await accept(0);
  await untilReady(service);
});

test('a history that the keeper refuses is none, until one begins anew', async () => {
  await sql('SELECT refuse_history()');
  expect(await post()).toMatchObject(refused);
  expect(await reasons()).toContain('PostgreSQL was put back to what it was before');
  await sql(`SELECT begin_history('restored', 10)`);
  await untilReady(service);
  expect(await post()).toMatchObject({ status: 201 });
});

test('a promoted standby takes commands when its history is accepted, and gives out no id again', async () => {
  const { body } = await post();
  const { id: last } = body as { id: number };
  await until(async () => {
    const rows = await query(standby, `SELECT FROM products WHERE id = ${last}`);
    expect(rows).toHaveLength(1);
  }, 60_000);
  const { body: lost } = await post();
  await primary.kill();
  await query(standby, 'SELECT pg_promote()');
  answering = standby;
  address.retarget(standby.port);

  await until(async () => expect(await reasons()).toContain('it is on timeline 2, not 1'), 60_000);
  expect(await post()).toMatchObject(refused);
  const order = { customerId: 1, items: [{ productId: 1, quantity: 1, price: 1 }] };
  expect(await http().post('/api/orders', order)).toMatchObject(refused);
  await until(async () => expect((await http().get('/api/products/1')).status).toBe(200), 60_000);
  // Neither another's judgement, nor one of before.
  await expect(
    sql(
      `SELECT accept_history(system_identifier, timeline - 1, outbox, 'too late', 0) FROM present_history()`,
    ),
  ).rejects.toThrow('the history is another one than was judged');

  await accept(1_000);
  await untilReady(service);
  const { body: next } = await post();
  expect((next as { id: number }).id).toBeGreaterThan((lost as { id: number }).id);
});
