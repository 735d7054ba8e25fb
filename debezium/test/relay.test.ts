import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudEvent, Kafka, type KafkaMessage } from 'cloudevents';
import { ConfigResourceTypes } from 'kafkajs';
import { readPayload } from 'contracts/events';
import type { RelayPipeline } from 'contracts/pipeline';
import { until } from 'local/until';
import { firstTurn, nextRanges } from 'reconcile/rotation';
import { PostgresSnapshot } from 'reconcile/snapshots/postgres-snapshot';
import { applySetup } from '../src/apply-setup';
import { readSetupConfig } from '../src/config';
import { ConnectRest } from '../src/connect-rest';
import { failpoints } from '../src/failpoints';
import { setClockBack } from './support/clock';
import { decode } from '../../query-service/src/model/event';
import type { ReceivedRecord } from './support/records';
import { Relay } from './support/relay';

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

describe('with CLOUDEVENTS_HEADERS', () => {
  const occurredAt = '2026-11-23T07:41:03.240Z';
  const items = [{ productId: 1, quantity: 2, price: '500.00' }];
  const order = { orderId: 42, customerId: 1, status: 'CREATED', items, placedAt: occurredAt };
  const payload = JSON.stringify({ ...order, occurredAt }, null, 1);
  const event = { aggregateid: '42', payload, aggregateversion: 3, traceparent: null };
  const headersAt = async (id: string) => {
    const [source] = await relay.sql<{ source_id: string }>('SELECT source_id FROM source');
    return [
      ['id', id],
      ['eventType', 'OrderCreated'],
      ['aggregateVersion', '3'],
      ['schemaVersion', '1'],
      ['sourceId', source?.source_id],
      ['traceparent', null],
    ];
  };
  /** As the query service reads a record. */
  const decoded = ({ topic, key, value = '', allHeaders }: ReceivedRecord) =>
    decode({
      ...{ topic, partition: 0, offset: 0, key: key ?? null },
      headers: Object.fromEntries(allHeaders),
      value: Buffer.from(value),
    });
  const asDecoded = { kind: 'event', aggregate: 'order', id: 42, version: 3, occurredAt };
  /** Has the keeper say so, and writes an event as soon as the relay does it. @returns its record */
  async function recordWith(value: string, count: number) {
    await relay.stopKeeper();
    await relay.startKeeper({ CLOUDEVENTS_HEADERS: value });
    return until(async () => {
      const record = await relay.records.arrival(await relay.write(event));
      expect(record.allHeaders).toHaveLength(count);
      return record;
    }, 60_000);
  }

  it('on, a running relay gives each event the attributes of CloudEvents, behind its headers', async () => {
    const record = await recordWith('true', 12);
    const { id, sourceId } = record.headers;
    expect(record).toMatchObject({ key: '42', value: payload });
    expect(record.allHeaders.slice(0, 6)).toEqual(await headersAt(id));
    expect(decoded(record)).toMatchObject(asDecoded);
    const headers = Object.fromEntries(record.allHeaders);
    expect(headers).toMatchObject({ ce_specversion: '1.0', 'content-type': 'application/json' });
    // As somebody else's code reads them.
    const message = { headers, key: '42', value: payload } as KafkaMessage;
    const read = Kafka.toEvent(message) as CloudEvent;
    expect(read.validate()).toBe(true);
    const { occurredat } = (
      await relay.sql<{ occurredat: Date }>('SELECT occurredat FROM outbox WHERE id = $1', [id])
    )[0] ?? { occurredat: new Date(0) };
    expect(read.toJSON()).toEqual({
      specversion: '1.0',
      ...{ id, type: 'OrderCreated', source: sourceId },
      time: occurredat.toISOString(),
      datacontenttype: 'application/json',
      partitionkey: '42',
      data: JSON.parse(payload) as unknown,
    });
    await relay.untilReady();
  });

  it('off again, events have the headers that they had', async () => {
    const record = await recordWith('false', 6);
    expect(record).toMatchObject({ key: '42', value: payload });
    expect(record.allHeaders).toEqual(await headersAt(record.headers.id));
    expect(decoded(record)).toMatchObject(asDecoded);
    await relay.untilReady();
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
    await until(() => {
      const times = watermarks().slice(seen);
      expect([...times].sort()).toEqual(times);
      // The last four: a machine that stands still for a moment lets one come late.
      const last = times.slice(-4).map((time) => Date.parse(time));
      expect(last).toHaveLength(4);
      const gaps = last.slice(1).map((time, i) => time - (last[i] ?? 0));
      for (const gap of gaps) expect(Math.abs(gap - 1_000)).toBeLessThan(500);
    }, 60_000);
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
    expect(config).not.toHaveProperty(['database.password']);
    const everything = answers.join('\n') + readFileSync(relay.connect.logFile, 'utf8');
    expect(everything).not.toContain(relay.environment.RELAY_DB_PASSWORD);
    expect(everything).not.toContain(
      JSON.stringify(relay.environment.RELAY_DB_PASSWORD).slice(1, -1),
    );
  });

  describe('whoever reaches Connect does not get its password', () => {
    const plugin = 'io.debezium.connector.postgresql.PostgresConnector';
    const path = `/connector-plugins/${plugin}/config/validate`;
    const password = () => String(relay.environment.RELAY_DB_PASSWORD);
    const config = async () =>
      JSON.parse(await relay.rest('GET', '/connectors/outbox-relay/config')) as object;

    it.each(['${env:RELAY_DB_PASSWORD}', '${env:PGPASSFILE}'])(
      'by validating %s',
      async (value) => {
        const attack = { ...(await config()), 'topic.prefix': `x${value}`, 'slot.name': value };
        const answer = await relay.rest('PUT', path, attack).catch(String);
        expect(answer).not.toContain(JSON.stringify(password()).slice(1, -1));
        expect(answer).not.toContain('pgpass');
      },
    );

    it('by having it sent to another server, which asks for it', async () => {
      const said: string[] = [];
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (data) => {
          said.push(data.toString('latin1'));
          // SSLRequest: no. Whatever else: AuthenticationCleartextPassword.
          socket.write(data.length === 8 ? 'N' : Buffer.from('R\0\0\0\x08\0\0\0\x03', 'latin1'));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const { port } = server.address() as AddressInfo;
        const attack = {
          'database.hostname': '127.0.0.1',
          'database.port': String(port),
          'database.password': '${env:RELAY_DB_PASSWORD}',
        };
        for (const withPassword of [attack, { ...attack, 'database.password': undefined }]) {
          await relay.rest('PUT', path, { ...(await config()), ...withPassword }).catch(String);
        }
      } finally {
        server.close();
      }
      expect(said.join('')).toContain('relay');
      expect(said.join('')).not.toContain(password());
    });
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
    }, 60_000);
    await relay.untilReady();
  });

  it('tells of a connector that is not its own', async () => {
    await relay.untilReady();
    const config = JSON.parse(await relay.rest('GET', '/connectors/outbox-relay/config')) as object;
    const evil = { ...config, name: 'evil' };
    await relay.rest('POST', '/connectors', {
      name: 'evil',
      config: evil,
      initial_state: 'STOPPED',
    });
    try {
      await until(
        async () => expect((await relay.health()).otherConnectors).toEqual(['evil']),
        60_000,
      );
    } finally {
      await relay.rest('DELETE', '/connectors/evil');
    }
    await until(async () => expect((await relay.health()).otherConnectors).toEqual([]), 60_000);
  });

  it('leaves a connector alone that somebody paused, and says so', async () => {
    await relay.rest('PUT', '/connectors/outbox-relay/pause');
    await relay.untilNotReady(/the connector is PAUSED/);
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await relay.untilReady();
  });

  it('restarts a task that failed, as soon as it can work again, and says what it failed by', async () => {
    const { restarts } = await relay.health();
    await relay.sql('ALTER ROLE relay NOLOGIN');
    await relay.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'relay'`,
    );
    const id = await relay.write();
    await relay.untilNotReady(/task 0 is FAILED: .*role "relay" is not permitted to log in/);

    await relay.sql('ALTER ROLE relay LOGIN');
    await relay.records.arrival(id);
    const health = await relay.untilReady();
    expect(health.restarts).toBeGreaterThan(restarts);
    expect(relay.records.times([id])).toEqual([1]);
  });

  it('notices that nothing arrives although its clock was set back', async () => {
    await relay.rest('PUT', '/connectors/outbox-relay/pause');
    // The last one has come before.
    await until(async () => {
      const { watermark } = await relay.health();
      expect(watermark.secondsSinceArrived).toBeGreaterThan(3);
    }, 60_000);
    const setRight = setClockBack();
    try {
      await relay.untilNotReady(/no watermark arrives on its topic/);
    } finally {
      setRight();
      await relay.rest('PUT', '/connectors/outbox-relay/resume');
    }
    await relay.untilReady();
  });

  it('calls nothing wrong of a replica that is still starting, and asks it again soon', async () => {
    const asked: number[] = [];
    const starting = createServer((socket) => {
      asked.push(performance.now());
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(starting, 'listening');
    const { port } = starting.address() as AddressInfo;
    const variables = {
      RECONCILE_INTERVAL: '30',
      QUERY_ADMIN_URLS: `http://127.0.0.1:${port}`,
    };
    try {
      await relay.withAnotherKeeper(variables, async (keeperPort) => {
        await until(() => {
          expect(Math.max(...asked) - Math.min(...asked)).toBeGreaterThan(1_500);
        }, 60_000);
        const answer = await fetch(`http://127.0.0.1:${keeperPort}/pipeline`);
        const { comparisons } = (await answer.json()) as RelayPipeline;
        expect(comparisons).toMatchObject([{ at: null, trouble: null }]);
      });
    } finally {
      starting.close();
    }
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
    const keep = (ms: string): Promise<unknown> =>
      relay.withAdmin((admin) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [
            {
              type: ConfigResourceTypes.TOPIC,
              name: 'order-events',
              configEntries: [
                { name: 'cleanup.policy', value: 'delete' },
                { name: 'retention.ms', value: ms },
                { name: 'retention.bytes', value: '-1' },
              ],
            },
          ],
        }),
      );
    await keep('86400000');
    await relay.untilNotReady(/topic order-events has retention.ms=86400000, not -1/);
    await keep('-1');
    await relay.untilReady();
  });

  it('adds partitions when TOPIC_PARTITIONS was raised, and has no fault to find with more than are wanted', async () => {
    const partitionsOf = async (topic: string): Promise<number | undefined> => {
      const { topics } = await relay.withAdmin((admin) =>
        admin.fetchTopicMetadata({ topics: [topic] }),
      );
      return topics[0]?.partitions.length;
    };
    const before = await relay.write();
    await relay.records.arrival(before);
    await relay.healthOfAnotherKeeper({ TOPIC_PARTITIONS: '7' });
    await until(async () => {
      expect(await partitionsOf('order-events')).toBe(7);
      expect(await partitionsOf('product-events')).toBe(7);
    }, 60_000);
    expect(await partitionsOf('watermarks')).toBe(1);
    await relay.untilReady();
    const after = await relay.write();
    await relay.records.arrival(after);
    expect(relay.records.times([before, after])).toEqual([1, 1]);
  });
});

describe('the settings of roles and of the database', () => {
  it('change nothing of the relay, its keeper and what compares', async () => {
    const hostile = {
      DateStyle: "'SQL, DMY'",
      TimeZone: "'Asia/Kathmandu'",
      search_path: 'nowhere',
      bytea_output: 'escape',
      default_transaction_isolation: 'serializable',
      statement_timeout: "'1ms'",
      lock_timeout: "'1ms'",
      idle_in_transaction_session_timeout: "'1ms'",
      idle_session_timeout: "'1ms'",
    };
    for (const [name, value] of Object.entries(hostile)) {
      await relay.sql(`ALTER DATABASE analytics_db SET ${name} = ${value}`);
    }
    try {
      await relay.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('relay', 'auditor')`,
      );
      await relay.untilReady(60_000);
      const id = await relay.write({ aggregateid: 'hostile' });
      await relay.records.arrival(id, 60_000);
      // By snapshot as well.
      await relay.rest('PUT', '/connectors/outbox-relay/stop');
      await until(() => relay.dropSlot(), 60_000);
      const other = await relay.write({ aggregateid: 'hostile' });
      await relay.rest('PUT', '/connectors/outbox-relay/resume');
      await relay.records.arrival(other, 60_000);
      await relay.untilReady(60_000);
      const postgres = await PostgresSnapshot.begin({
        ...relay.postgres,
        user: 'auditor',
        password: relay.environment.AUDIT_DB_PASSWORD ?? '',
      });
      const { turn } = await nextRanges(postgres, firstTurn);
      expect(turn).toEqual(firstTurn);
      await postgres.end();
    } finally {
      await relay.sql('ALTER DATABASE analytics_db RESET ALL');
    }
  });
});

describe('nothing is missing', () => {
  it('after Connect is killed in the middle of its work, and nothing comes twice', async () => {
    const before = relay.records.records.length;
    const writing = relay.writeMany(300);
    await until(() => {
      expect(relay.records.records.length).toBeGreaterThan(before + 20);
      return Promise.resolve();
    }, 60_000);
    // Asked all the while: a worker that has only begun knows of no connector, and that is no reason to drop its slot.
    const rest = new ConnectRest({
      url: relay.connect.url,
      password: String(relay.environment.CONNECT_PASSWORD),
      managedBy: 'relay-keeper',
    });
    let isBack = false;
    const looking = (async () => {
      const missing: unknown[] = [];
      while (!isBack) {
        const found = await rest.find('outbox-relay').catch((error: unknown) => error);
        if (found === null) missing.push(new Date());
        await sleep(5);
      }
      return missing;
    })();
    try {
      await relay.connect.restart();
      await relay.untilReady();
    } finally {
      isBack = true;
    }
    expect(await looking).toEqual([]);
    const ids = await writing;
    await Promise.all(ids.map((id) => relay.records.arrival(id, 60_000)));
    await relay.untilReady();
    expect(relay.records.times(ids)).toEqual(ids.map(() => 1));
  });

  it('after the slot was dropped', async () => {
    const written = [await relay.write()];
    await relay.takeSlotAway();
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
    await relay.runKeeperUntilKilled('drop-lost-slot');

    await relay.startKeeper();
    await Promise.all(written.map((id) => relay.records.arrival(id)));
    await relay.untilReady();
  });

  it('after the offsets alone were lost, although a commit was slow to become visible', async () => {
    await relay.rest('PUT', '/connectors/outbox-relay/stop');
    await until(async () => {
      const [slot] = await relay.sql<{ active: boolean }>(
        'SELECT active FROM pg_replication_slots',
      );
      expect(slot).toEqual({ active: false });
    }, 60_000);
    const { slotsDropped } = await relay.health();
    // A snapshot that lasts longer than the time between two looks of the keeper.
    await relay.sql(
      `INSERT INTO outbox
       SELECT gen_random_uuid(), 'order', 'many', 'OrderCreated', '{}', 'order-events', 1, 1, source_id, NULL, clock_timestamp()
       FROM source, generate_series(1, 100000)`,
    );
    // Its commit stands in the WAL and waits for a standby: nobody sees it yet.
    await relay.sql(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await relay.sql('SELECT pg_reload_conf()');
    let slow = Promise.resolve('');
    try {
      // Commits wait from when the checkpointer has read the setting: one that comes before it does not.
      await until(async () => {
        let isCommitted = false;
        slow = relay.write({ aggregateid: 'slow' }).finally(() => (isCommitted = true));
        await until(async () => {
          const waiting = await relay.sql(
            `SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'analytics'`,
          );
          expect(waiting.length === 1 || isCommitted).toBe(true);
        }, 60_000);
        expect(isCommitted).toBe(false);
      }, 60_000);
      await until(() => relay.rest('DELETE', '/connectors/outbox-relay/offsets'), 60_000);
      await relay.rest('PUT', '/connectors/outbox-relay/resume');
      // The snapshot that misses it is broken off.
      await until(async () => {
        expect((await relay.health()).slotsDropped).toBeGreaterThan(slotsDropped);
      }, 60_000);
    } finally {
      await relay.sql('ALTER SYSTEM RESET synchronous_standby_names');
      await relay.sql('SELECT pg_reload_conf()');
    }
    await relay.records.arrival(await slow, 60_000);
    await relay.sql(`DELETE FROM outbox WHERE aggregateid = 'many'`);
    await relay.untilReady(60_000);
  });

  it('after the offsets were reset: everything in the outbox comes again, by version', async () => {
    const order = { aggregateid: 'reset' };
    const second = await relay.write({ ...order, aggregateversion: 2 });
    const first = await relay.write({ ...order, aggregateversion: 1 });
    await relay.records.arrival(first);

    await relay.rest('PUT', '/connectors/outbox-relay/stop');
    await until(() => relay.dropSlot(), 60_000);
    await until(() => relay.rest('DELETE', '/connectors/outbox-relay/offsets'), 60_000);
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await until(async () => {
      expect(relay.records.times([first, second])).toEqual([2, 2]);
      return Promise.resolve();
    }, 60_000);
    const again = relay.records.records.filter(({ key }) => key === 'reset').slice(2);
    expect(again.map(({ headers }) => headers.aggregateVersion)).toEqual([1, 2]);
    await relay.untilReady();
  });
});
