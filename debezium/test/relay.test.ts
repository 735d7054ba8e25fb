import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPayload } from 'contracts/events';
import { until } from 'local/until';
import { applySetup } from '../src/apply-setup';
import { readSetupConfig } from '../src/config';
import { failpoints } from '../src/failpoints';
import { Relay } from './support/relay';

jest.setTimeout(120_000);

// One chain for all, because it takes seconds to start. Each test leaves it ready.
let relay: Relay;

beforeAll(async () => {
  relay = await Relay.start();
});

afterAll(async () => {
  await relay.stop();
});

describe('a fresh stack', () => {
  it('comes up although the first keeper is killed between topics and connector', async () => {
    await relay.runKeeperUntilKilled(failpoints.topicsCreated);
    await expect(relay.rest('GET', '/connectors')).resolves.toBe('[]');

    await relay.startKeeper();
    await relay.untilReady();
    await relay.records.start(['order-events', 'watermarks']);
  });

  it('was set up once and is not changed by setting it up again', async () => {
    const state = `SELECT oid::text FROM pg_publication UNION ALL SELECT relacl::text FROM pg_class
                   WHERE relname IN ('outbox', 'watermark', 'source') ORDER BY 1`;
    const before = await relay.sql(state);
    await applySetup(readSetupConfig(relay.environment));
    await expect(relay.sql(state)).resolves.toEqual(before);
  });
});

describe('an event in the outbox', () => {
  it('becomes a record: key, payload to the letter, headers', async () => {
    const payload = '{"z": 1,  "a": "ä\\u00e9", "price":"500.00"}';
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const id = await relay.write({ aggregateid: '42', payload, aggregateversion: 3, traceparent });

    const [source] = await relay.sql<{ source_id: string }>('SELECT source_id FROM source');
    await expect(relay.records.arrival(id)).resolves.toMatchObject({
      topic: 'order-events',
      key: '42',
      value: payload,
      headers: {
        id,
        eventType: 'OrderCreated',
        aggregateVersion: 3,
        schemaVersion: 1,
        sourceId: source?.source_id,
        traceparent,
      },
    });
  });

  it('without a trace has none on its record', async () => {
    const record = await relay.records.arrival(await relay.write());
    expect(record.headers.traceparent).toBeNull();
  });

  it('may be as large as the contract allows: 512 KiB', async () => {
    const payload = JSON.stringify({ text: 'x'.repeat(512 * 1024 - 11) });
    const record = await relay.records.arrival(await relay.write({ payload }));
    expect(record.value).toHaveLength(512 * 1024);
  });

  it('is emitted when it is inserted, not when its row is updated or purged', async () => {
    const id = await relay.write();
    await relay.sql(`UPDATE outbox SET payload = '{"changed": true}' WHERE id = $1`, [id]);
    await relay.sql('DELETE FROM outbox WHERE id = $1', [id]);
    // The WAL is emitted in order: had they been events, they would stand before this one.
    await relay.records.arrival(await relay.write());
    expect(relay.records.times([id])).toEqual([1]);
    expect((await relay.records.arrival(id)).value).toBe('{}');
  });
});

describe('a logical message', () => {
  it('that somebody writes into the WAL does not hold up the events behind it', async () => {
    await relay.sql(`SELECT pg_logical_emit_message(true, 'somebody', 'else')`);
    await relay.records.arrival(await relay.write());
  });
});

describe('watermarks', () => {
  it('arrive once a second, each later than the one before', async () => {
    const watermarks = (): string[] =>
      relay.records.records
        .filter(({ topic }) => topic === 'watermarks')
        .map(({ value }) => readPayload('Watermark', 1, JSON.parse(value ?? '')).watermark);
    const seen = watermarks().length;
    const times = await until(() => {
      const found = watermarks().slice(seen);
      return found.length >= 4 ? Promise.resolve(found) : Promise.reject(new Error(String(found)));
    }, 10_000);

    expect([...times].sort()).toEqual(times);
    const gaps = times.slice(1).map((time, i) => Date.parse(time) - Date.parse(times[i] ?? ''));
    for (const gap of gaps) expect(Math.abs(gap - 1_000)).toBeLessThan(500);
  });
});

describe('the relay role', () => {
  it.each([
    ["UPDATE outbox SET topic = 'x'", 'outbox'],
    ['DELETE FROM outbox', 'outbox'],
    ['INSERT INTO outbox SELECT * FROM outbox', 'outbox'],
    ["UPDATE watermark SET topic = 'x'", 'watermark'],
    ['DELETE FROM source', 'source'],
    ['SELECT * FROM products', 'products'],
    ['SELECT * FROM orders', 'orders'],
  ])('may not %s', async (statement, table) => {
    await expect(relay.sqlAsRelay(statement)).rejects.toThrow(
      `permission denied for table ${table}`,
    );
  });

  it("'s password is shown by no answer of Connect and stands in no line of its log", async () => {
    const config: unknown = JSON.parse(await relay.rest('GET', '/connectors/outbox-relay/config'));
    const plugin = 'io.debezium.connector.postgresql.PostgresConnector';
    const answers = await Promise.all([
      relay.rest('GET', '/connectors?expand=info&expand=status'),
      relay.rest('GET', '/connectors/outbox-relay'),
      relay.rest('GET', '/connectors/outbox-relay/tasks'),
      relay.rest('PUT', `/connector-plugins/${plugin}/config/validate`, config),
    ]);
    expect(config).toMatchObject({ 'database.password': '${env:RELAY_DB_PASSWORD}' });
    const everything = answers.join('\n') + readFileSync(relay.connect.logFile, 'utf8');
    expect(everything).not.toContain(relay.environment.RELAY_DB_PASSWORD);
    expect(everything).not.toContain(
      JSON.stringify(relay.environment.RELAY_DB_PASSWORD).slice(1, -1),
    );
  });
});

describe('the auditor role', () => {
  it.each(['products', 'orders', 'order_items', 'outbox', 'watermark', 'source'])(
    'may read %s',
    async (table) => {
      await expect(relay.sqlAsAuditor(`SELECT * FROM ${table} LIMIT 1`)).resolves.toBeDefined();
    },
  );

  it.each([
    'DELETE FROM outbox',
    "UPDATE orders SET status = 'CANCELLED'",
    "INSERT INTO products (name, category, price_cents) VALUES ('a', 'b', 1)",
    'TRUNCATE order_items',
    'CREATE TABLE public.mine (id int)',
  ])('may not: %s', async (statement) => {
    // Also when it says itself that it would like to write.
    const insist = `BEGIN READ WRITE; ${statement}`;
    await expect(relay.sqlAsAuditor(insist)).rejects.toThrow('permission denied');
    await expect(relay.sqlAsAuditor(statement)).rejects.toThrow(/read-only|permission denied/);
  });
});

describe('the keeper', () => {
  it('puts the connector back when somebody deletes it, and nothing is missing', async () => {
    await relay.rest('DELETE', '/connectors/outbox-relay');
    await relay.untilNotReady(/Connect has no connector/);
    const id = await relay.write();
    await relay.records.arrival(id);
    await relay.untilReady();
    expect(relay.records.times([id])).toEqual([1]);
  });

  it('puts the configuration back when somebody changes it', async () => {
    const file = join(__dirname, '..', 'outbox-relay.json');
    const wanted = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    const path = '/connectors/outbox-relay/config';
    await relay.rest('PUT', path, { ...wanted, 'poll.interval.ms': '500' });
    await until(async () => {
      expect(JSON.parse(await relay.rest('GET', path))).toEqual(wanted);
    }, 10_000);
    await relay.untilReady();
  });

  it('leaves a connector alone that somebody paused, and says so', async () => {
    await relay.rest('PUT', '/connectors/outbox-relay/pause');
    await relay.untilNotReady(/the connector is PAUSED/);
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await relay.untilReady();
  });

  it('restarts a task that failed, as soon as it can work again', async () => {
    const { restarts } = await relay.health();
    await relay.sql('ALTER ROLE relay NOLOGIN');
    await relay.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'`,
    );
    const id = await relay.write();
    await relay.untilNotReady(/task 0 is FAILED/);

    await relay.sql('ALTER ROLE relay LOGIN');
    await relay.records.arrival(id);
    const health = await relay.untilReady();
    expect(health.restarts).toBeGreaterThan(restarts);
    expect(relay.records.times([id])).toEqual([1]);
  });

  it('is not ready while PostgreSQL is away, and ready again after its return', async () => {
    const before = await relay.write();
    await relay.postgres.kill();
    await relay.untilNotReady(/PostgreSQL does not answer/);
    await relay.postgres.restart();
    const after = await relay.write();
    await relay.records.arrival(after);
    await relay.untilReady();
    expect(relay.records.times([before, after])).toEqual([1, 1]);
  });

  it('is not ready while the broker is away, and ready again after its return', async () => {
    await relay.broker.kill();
    const id = await relay.write();
    await relay.untilNotReady(/Kafka does not answer/);
    await relay.broker.restart();
    // Connect's own clients come back in their own time, and slower on a busy machine.
    await relay.records.arrival(id, 60_000);
    await relay.untilReady();
  });

  it('says what is wrong with a topic that it did not create like that', async () => {
    const health = await relay.healthOfAnotherKeeper({ TOPIC_PARTITIONS: '7' });
    expect(health.reasons).toContain('topic order-events has 6 partitions, not 7');
  });
});

describe('nothing is missing', () => {
  it('after Connect is killed in the middle of its work, and nothing comes twice', async () => {
    const before = relay.records.records.length;
    const writing = relay.writeMany(300);
    await until(() => {
      expect(relay.records.records.length).toBeGreaterThan(before + 20);
      return Promise.resolve();
    }, 40_000);
    await relay.connect.restart();
    const ids = await writing;
    await Promise.all(ids.map((id) => relay.records.arrival(id, 40_000)));
    await relay.untilReady();
    expect(relay.records.times(ids)).toEqual(ids.map(() => 1));
  });

  it('after the slot was dropped', async () => {
    const written = [await relay.write()];
    await relay.sql(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = 'relay'`,
    );
    await relay.dropSlot();
    written.push(await relay.write());
    await Promise.all(written.map((id) => relay.records.arrival(id)));
    await relay.untilReady();
  });

  it('after the slot was lost, although the keeper is killed right after dropping it', async () => {
    await relay.stopKeeper();
    await relay.rest('PUT', '/connectors/outbox-relay/stop');
    const written = [await relay.write()];
    await relay.loseSlot();
    written.push(await relay.write());
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await relay.runKeeperUntilKilled(failpoints.slotDropped);

    await relay.startKeeper();
    await Promise.all(written.map((id) => relay.records.arrival(id)));
    await relay.untilReady();
  });

  it('after the offsets were reset: everything in the outbox comes again, by version', async () => {
    const order = { aggregateid: 'reset' };
    const second = await relay.write({ ...order, aggregateversion: 2 });
    const first = await relay.write({ ...order, aggregateversion: 1 });
    await relay.records.arrival(first);

    await relay.rest('PUT', '/connectors/outbox-relay/stop');
    await until(() => relay.dropSlot(), 10_000);
    await relay.rest('DELETE', '/connectors/outbox-relay/offsets');
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await until(async () => {
      expect(relay.records.times([first, second])).toEqual([2, 2]);
      return Promise.resolve();
    }, 20_000);
    const again = relay.records.records.filter(({ key }) => key === 'reset').slice(2);
    expect(again.map(({ headers }) => headers.aggregateVersion)).toEqual([1, 2]);
    await relay.untilReady();
  });
});
