import type { Client } from 'pg';
import { startTemporaryPostgres, type TemporaryPostgres } from '../../local/test/support/temporary';
import { armFailpoints, disarmFailpoints } from '../src/failpoints';
import { createClient } from '../src/postgres';
import { type Sql, sqlOn } from '../src/sql';
import { inSpan, SpanKind, startTracing } from '../src/tracing';

let postgres: TemporaryPostgres;
let client: Client;
let sql: Sql;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
});
afterAll(() => postgres.stop());

beforeEach(async () => {
  client = createClient(postgres, { applicationName: 'test', connectTimeoutMs: 5_000 });
  await client.connect();
  sql = sqlOn(client);
  await client.query('CREATE TEMPORARY TABLE things (id int)');
});
afterEach(async () => {
  disarmFailpoints();
  await client.end();
});

const insertThing = (id: number) =>
  sql<{ id: number }>({
    name: 'insert-thing',
    text: 'INSERT INTO things VALUES ($1) RETURNING id',
    values: [id],
  });

test('a statement returns its rows, and is prepared once under its name', async () => {
  expect(await insertThing(1)).toEqual([{ id: 1 }]);
  expect(await insertThing(2)).toEqual([{ id: 2 }]);
  const { rows } = await client.query(
    'SELECT name, generic_plans + custom_plans AS runs FROM pg_prepared_statements',
  );
  expect(rows).toEqual([{ name: 'insert-thing', runs: '2' }]);
});

test('a name that stands for another text already is refused', async () => {
  await insertThing(1);
  await expect(sql({ name: 'insert-thing', text: 'SELECT 1' })).rejects.toThrow('must be unique');
});

test('its failpoint is passed when PostgreSQL has done it', async () => {
  armFailpoints('insert-thing=throw');
  await expect(insertThing(1)).rejects.toThrow('failpoint insert-thing');
  expect((await client.query('SELECT id FROM things')).rows).toEqual([{ id: 1 }]);
});

test('what it throws is what the error means to its caller', async () => {
  const refused = sqlOn(client, (error) => new Error('not now', { cause: error }));
  await expect(refused({ name: 'nonsense', text: 'SELECT nothing' })).rejects.toMatchObject({
    message: 'not now',
    cause: { code: '42703' },
  });
});

test('it has a span under its name in the trace that it is part of, without values, and none outside of one', async () => {
  const printed = jest.spyOn(console, 'dir').mockImplementation();
  const stop = startTracing('test', { to: 'console' });
  try {
    await insertThing(1);
    await inSpan('work', SpanKind.INTERNAL, {}, () => insertThing(87_654_321));
  } finally {
    await stop();
  }
  const [statement, work, ...others] = printed.mock.calls.map(([span]) => span as PrintedSpan);
  printed.mockRestore();
  expect(others).toEqual([]);
  expect(work?.name).toBe('work');
  expect(statement?.name).toBe('insert-thing');
  expect(statement?.parentSpanContext?.spanId).toBe(work?.id);
  expect(JSON.stringify(statement?.attributes)).not.toContain('87654321');
});

/** As OpenTelemetry's exporter prints it. */
interface PrintedSpan {
  readonly name: string;
  readonly id: string;
  readonly parentSpanContext?: { readonly spanId: string };
  readonly attributes: object;
}
