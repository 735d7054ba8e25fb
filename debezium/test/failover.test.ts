import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { readRanges } from 'kafka-client/read-ranges';
import { headerText } from 'contracts/headers';
import { freePorts } from 'local/ports';
import { query } from 'local/query';
import { TcpLink } from '../../local/test/support/tcp-link';
import {
  startTemporaryPostgres,
  startTemporaryStandby,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import { until } from 'local/until';
import { createClient } from 'service-kit/postgres';
import { beginHistory } from '../src/begin-history';
import { readCommandConfig } from '../src/config';
import { Relay } from './support/relay';

// One chain for all: what a test promotes is the next one's primary.
let relay: Relay;
/** What all parts take for PostgreSQL. */
let address: TcpLink;
let primary: TemporaryPostgres;
const servers: TemporaryPostgres[] = [];
const links: TcpLink[] = [];

beforeAll(async () => {
  primary = await startTemporaryPostgres({ standbys: true });
  servers.push(primary);
  address = await openLink('all → postgres', primary.port);
  relay = await Relay.startOn({ ...primary, port: address.port });
  await relay.startKeeper();
  await relay.untilReady();
});

afterAll(async () => {
  await relay.stop();
  for (const link of links) await link.close();
  for (const server of servers) await server.stop();
});

it('reads a slot on that an older version made, and operators may have standbys keep it', async () => {
  await withStoppedConnector(() => alterSlot('false'));
  const ids = await relay.writeMany(5);
  await relayedAll(ids);
  expect(await slotHasFailover()).toBe(false);
  await withStoppedConnector(() => alterSlot('true'));
  const later = await relay.writeMany(5);
  const relayed = await expectKafkaToEqualTheOutbox([...ids, ...later]);
  expect(await slotHasFailover()).toBe(true);
  expect([...relayed.values()].filter((times) => times > 1)).toEqual([]);
});

describe('a standby that has all that Kafka has', () => {
  it('goes on by itself when nothing was prepared: the outbox is emitted again, and nothing is missing', async () => {
    const { standby } = await standbyOf(primary, {});
    const ids = await relay.writeMany(50);
    await caughtUp(standby);
    await failOverTo(standby);
    await goesOn();
    const later = await relay.writeMany(5);
    await expectKafkaToEqualTheOutbox([...ids, ...later]);
    await expectSkippedIds();
  });

  it('goes on in its slot when that is kept in step: no event twice, none missing', async () => {
    const { standby, link } = await standbyOf(primary, { inStep: true, synchronous: true });
    const ids = await relay.writeMany(50);
    await failOverTo(standby, link);
    await goesOn();
    const later = await relay.writeMany(5);
    const relayed = await expectKafkaToEqualTheOutbox([...ids, ...later]);
    expect(ids.map((id) => relayed.get(id))).toEqual(ids.map(() => 1));
  });

  it('goes on when it has lost commits that Kafka never had, and says which part of the log that was', async () => {
    const { standby, link } = await standbyOf(primary, { inStep: true });
    const ids = await relay.writeMany(20);
    await relayedAll(ids);
    link.set('cut');
    const lost = await relay.writeMany(20);
    await keeperHasLooked();
    await failOverTo(standby, link);
    await goesOn();
    const later = await relay.writeMany(5);
    const relayed = await expectKafkaToEqualTheOutbox([...ids, ...later]);
    for (const id of lost) expect(relayed.has(id)).toBe(false);
    expect((await relay.health()).lostLog).toMatchObject({ from: expect.any(String) as string });
  });
});

describe('a switchover on purpose', () => {
  let old: TemporaryPostgres;

  it('loses nothing and relays no event twice', async () => {
    const { standby } = await standbyOf(primary, { inStep: true, synchronous: true });
    const ids = await relay.writeMany(50);
    old = primary;
    await old.kill('SIGINT');
    await until(() => expect(existsSync(join(old.data, 'postmaster.pid'))).toBe(false), 60_000);
    await promote(standby);
    await goesOn();
    const later = await relay.writeMany(5);
    const relayed = await expectKafkaToEqualTheOutbox([...ids, ...later]);
    expect(ids.map((id) => relayed.get(id))).toEqual(ids.map(() => 1));
    expect((await relay.health()).lostLog).toBeNull();
  });

  it('is not undone by the old primary, when that answers again', async () => {
    await old.restart();
    // Its log has gone further than Kafka: only its timeline tells.
    for (let i = 0; i < 3; i++) {
      await query(old, `SELECT pg_logical_emit_message(false, 'test', 'of the old primary')`);
      await query(old, 'SELECT pg_switch_wal()');
    }
    address.retarget(old.port);
    await relay.untilNotReady(/a server that was left answers again/, 60_000);
    await expect(relay.write()).rejects.toThrow('nobody has accepted this history yet');
    address.retarget(primary.port);
    await relay.untilNotReady(/the connector is STOPPED; resume it/, 60_000);
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await relay.untilReady(60_000);
    await expectKafkaToEqualTheOutbox(await relay.writeMany(5));
  });
});

it('goes on without a slot whose copy was not finished, and leaves a connector stopped that somebody has stopped', async () => {
  await relay.rest('PUT', '/connectors/outbox-relay/stop');
  await relay.untilNotReady(/the connector is STOPPED/);
  const ids = await relay.writeMany(5);
  const { standby } = await standbyOf(primary, { inStep: true, waited: false, unfinished: true });
  await failOverTo(standby);
  await relay.untilNotReady(/the connector is STOPPED/, 60_000);
  await until(async () => void (await relay.write()), 60_000);
  await relay.rest('PUT', '/connectors/outbox-relay/resume');
  await relay.untilReady(60_000);
  await expectKafkaToEqualTheOutbox(ids);
});

it('where Strimzi manages the connector, waits for a person to stop it, judges, and leaves its start to a person', async () => {
  await relay.stopKeeper();
  await relay.startKeeper({ CONNECTOR_MANAGED_BY: 'strimzi' });
  await relay.untilReady();
  const { standby, link } = await standbyOf(primary, { inStep: true, synchronous: true });
  const ids = await relay.writeMany(20);
  await failOverTo(standby, link);
  await relay.untilNotReady(/stop the connector: kubectl patch kafkaconnector/, 60_000);
  await expect(relay.write()).rejects.toThrow('nobody has accepted this history yet');
  expect(await relay.health()).not.toMatchObject({ connector: { state: 'STOPPED' } });
  await relay.rest('PUT', '/connectors/outbox-relay/stop');
  await relay.untilNotReady(/^the connector is STOPPED; resume it: kubectl patch/, 60_000);
  const later = await relay.writeMany(5);
  await relay.rest('PUT', '/connectors/outbox-relay/resume');
  await relay.untilReady(60_000);
  const relayed = await expectKafkaToEqualTheOutbox([...ids, ...later]);
  expect([...ids, ...later].map((id) => relayed.get(id))).toEqual([...ids, ...later].map(() => 1));
  await relay.stopKeeper();
  await relay.startKeeper();
  await relay.untilReady();
});

it('goes on with a new slot where commits and the relay waited for the standby, and it had no copy of the slot yet', async () => {
  const { standby, link } = await standbyOf(primary, { synchronous: true, waited: true });
  const ids = await relay.writeMany(20);
  await failOverTo(standby, link);
  await goesOn();
  const later = await relay.writeMany(5);
  await expectKafkaToEqualTheOutbox([...ids, ...later]);
});

it.each([
  ['pause', 'PAUSED'],
  ['stop', 'STOPPED'],
])(
  'goes on in its slot where somebody had told the connector to %s: from its old position, no event twice',
  async (how, state) => {
    const { standby, link } = await standbyOf(primary, { inStep: true, synchronous: true });
    const before = await relay.writeMany(5);
    await relayedAll(before);
    await relay.rest('PUT', `/connectors/outbox-relay/${how}`);
    await relay.untilNotReady(new RegExp(`the connector is ${state}`));
    const waiting = await relay.writeMany(20);
    await failOverTo(standby, link);
    let later = '';
    await until(async () => void (later = await relay.write()), 60_000);
    await relay.untilNotReady(new RegExp(`the connector is ${state}`), 60_000);
    const held = await relayedEvents();
    expect([...waiting, later].filter((id) => held.has(id))).toEqual([]);
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await relay.untilReady(60_000);
    const relayed = await expectKafkaToEqualTheOutbox([...before, ...waiting, later]);
    expect([...before, ...waiting, later].filter((id) => relayed.get(id) !== 1)).toEqual([]);
  },
);

describe('a standby that has lost what Kafka has', () => {
  it('gives way to another one that has it all, although both come to the same timeline', async () => {
    const { standby: behind, link } = await standbyOf(primary, {});
    const { standby: whole } = await standbyOf(primary, {});
    await relayedAll(await relay.writeMany(5));
    link.set('cut');
    const ids = await relay.writeMany(20);
    await relayedAll(ids);
    await caughtUp(whole);
    await failOverTo(behind, link);
    await untilLost();
    await failOverTo(whole);
    await goesOn();
    await expectKafkaToEqualTheOutbox([...ids, ...(await relay.writeMany(5))]);
  });

  it('takes no rows, until an operator has a history begin anew', async () => {
    const { standby, link } = await standbyOf(primary, {});
    await relayedAll(await relay.writeMany(20));
    await caughtUp(standby);
    link.set('cut');
    const lost = await relay.writeMany(20);
    await relayedAll(lost);
    await failOverTo(standby, link);
    await untilLost();
    await beginAnew();
    const relayed = await expectKafkaToEqualTheOutbox(await relay.writeMany(5));
    for (const id of lost) expect(relayed.has(id)).toBe(false);
  });

  it('also when its slot was kept in step, from which Debezium would leave out new commits', async () => {
    const { standby, link } = await standbyOf(primary, { inStep: true, waited: false });
    await relayedAll(await relay.writeMany(20));
    link.set('cut');
    await relayedAll(await relay.writeMany(20));
    await failOverTo(standby, link);
    await untilLost();
    await beginAnew();
    await expectKafkaToEqualTheOutbox(await relay.writeMany(5));
  });

  it('also when commits waited for it, and the relay did not', async () => {
    const { standby, link } = await standbyOf(primary, { synchronous: true });
    await relayedAll(await relay.writeMany(5));
    link.set('cut');
    const before = await relayedEvents();
    const unconfirmed = relay.write();
    const ends = expect(unconfirmed).rejects.toThrow();
    await until(async () => expect((await relayedEvents()).size).toBe(before.size + 1), 60_000);
    await failOverTo(standby, link);
    await ends;
    await untilLost();
    await beginAnew();
    await expectKafkaToEqualTheOutbox(await relay.writeMany(5));
    expect((await relayedEvents()).size).toBe(before.size + 5);
  });
});

interface How {
  /** Whether it gets a copy of the relay's slot. */
  readonly inStep?: boolean;
  /** Whether the relay waits for it, where it has that copy. */
  readonly waited?: boolean;
  /** Whether commits wait for it. */
  readonly synchronous?: boolean;
  /** Whether that copy cannot be finished yet. */
  readonly unfinished?: boolean;
}

/** A new standby, and the connection by which it streams. */
async function standbyOf(
  server: TemporaryPostgres,
  { inStep = false, waited = inStep, synchronous = false, unfinished = false }: How,
): Promise<{ standby: TemporaryPostgres; link: TcpLink }> {
  const name = `standby_${servers.length}`;
  const link = await openLink(`${name} → postgres`, server.port);
  const standby = await startTemporaryStandby(server, name, {
    from: link.port,
    settings: [`sync_replication_slots=${inStep ? 'on' : 'off'}`],
  });
  servers.push(standby);
  await caughtUp(standby);
  const settings = [
    ...(waited ? [`synchronized_standby_slots = '${name}'`] : []),
    ...(synchronous ? [`synchronous_standby_names = '${name}'`] : []),
  ];
  for (const setting of settings) await query(server, `ALTER SYSTEM SET ${setting}`);
  await query(server, 'SELECT pg_reload_conf()');
  if (inStep) {
    await until(async () => {
      const copy = `SELECT temporary FROM pg_replication_slots WHERE slot_name = 'relay' AND synced`;
      expect(await query(standby, copy)).toEqual([{ temporary: unfinished }]);
    }, 60_000);
  }
  return { standby, link };
}

/** The primary dies, and what is left of the standby's connection; from then on the standby answers at the address. */
async function failOverTo(standby: TemporaryPostgres, link?: TcpLink): Promise<void> {
  await primary.kill();
  link?.set('cut');
  await promote(standby);
}

async function promote(standby: TemporaryPostgres): Promise<void> {
  await query(standby, 'SELECT pg_promote()');
  await query(standby, 'ALTER SYSTEM RESET ALL');
  await query(standby, 'SELECT pg_reload_conf()');
  address.retarget(standby.port);
  primary = standby;
}

/** As an operator does it who reads docs/operations.md. */
async function withStoppedConnector(work: () => Promise<void>): Promise<void> {
  await relay.rest('PUT', '/connectors/outbox-relay/stop');
  await until(work, 60_000);
  await relay.rest('PUT', '/connectors/outbox-relay/resume');
  await relay.untilReady(60_000);
}

/** As the relay's role. */
async function alterSlot(failover: 'true' | 'false'): Promise<void> {
  const { RELAY_DB_USER: user = '', RELAY_DB_PASSWORD: password = '' } = relay.environment;
  const client = createClient(
    { ...primary, user, password },
    { applicationName: 'test', connectTimeoutMs: 5_000, queryTimeoutMs: 5_000, replication: true },
  );
  await client.connect();
  try {
    // It waits for ever while the slot is read.
    await client.query(`ALTER_REPLICATION_SLOT relay (FAILOVER ${failover})`);
  } finally {
    await client.end();
  }
}

async function slotHasFailover(): Promise<boolean> {
  const [slot] = await query<{ failover: boolean }>(
    primary,
    `SELECT failover FROM pg_replication_slots WHERE slot_name = 'relay' AND active`,
  );
  return slot?.failover === true;
}

async function caughtUp(standby: TemporaryPostgres): Promise<void> {
  const [here] = await query<{ lsn: string }>(primary, 'SELECT pg_current_wal_lsn() AS lsn');
  await until(async () => {
    const there = `SELECT FROM pg_last_wal_replay_lsn() AS lsn WHERE lsn >= $1::pg_lsn`;
    expect(await query(standby, there, [here?.lsn])).toHaveLength(1);
  }, 60_000);
}

/** The keeper looks every second how far PostgreSQL has written. */
async function keeperHasLooked(): Promise<void> {
  const [now] = await query<{ at: string }>(primary, 'SELECT clock_timestamp()::text AS at');
  const looked = `SELECT FROM pg_stat_activity
                  WHERE usename = 'relay' AND query LIKE '%present_history%' AND query_start > $1`;
  const look = async () => expect(await query(primary, looked, [now?.at])).not.toEqual([]);
  await until(look, 60_000, undefined, 20);
}

/** What answers is accepted, which the keeper has not seen yet when it says for the last time that all is well. */
async function goesOn(): Promise<void> {
  await until(async () => {
    const rows = await query(primary, 'SELECT FROM accepted_history WHERE is_history_accepted()');
    expect(rows).toHaveLength(1);
  }, 60_000);
  await relay.untilReady(60_000);
}

/** The keeper says it, and no row comes into the outbox. */
async function untilLost(): Promise<void> {
  const { reasons } = await relay.untilNotReady(/has lost what Kafka has/, 60_000);
  expect(reasons.join()).toContain('npm run new-history -- --reason "why"');
  await expect(relay.write()).rejects.toThrow('nobody has accepted this history yet');
}

async function beginAnew(): Promise<void> {
  const config = { ...readCommandConfig(relay.environment), reason: 'test', skippedIds: 1_000 };
  await beginHistory(config, () => undefined);
  await relay.untilReady(60_000);
}

/** How often each event of an order stands in Kafka. */
async function relayedEvents(): Promise<Map<string, number>> {
  const connection = { brokers: [relay.broker.bootstrapServers] };
  const admin = new KafkaAdmin(connection, 'test');
  const topic = 'order-events';
  const partitions = await admin.offsetRanges([topic]).finally(() => admin.close());
  const events = new Map<string, number>();
  await readRanges(connection, {
    clientId: 'test',
    topic,
    ranges: new Map(
      partitions.map(({ partition, low, high }) => [partition, { from: low, to: high }]),
    ),
    receive: (_, records) => {
      for (const { headers } of records) {
        const id = headerText(headers ?? {}, 'id') ?? '';
        events.set(id, (events.get(id) ?? 0) + 1);
      }
    },
  });
  return events;
}

async function relayedAll(ids: string[]): Promise<void> {
  await until(async () => {
    const relayed = await relayedEvents();
    expect(ids.filter((id) => !relayed.has(id))).toEqual([]);
  }, 60_000);
}

/** Kafka holds each row of the outbox, these among them, and nothing else. @returns how often */
async function expectKafkaToEqualTheOutbox(ids: string[]): Promise<Map<string, number>> {
  await relayedAll(ids);
  const rows = await query<{ id: string }>(primary, 'SELECT id FROM outbox');
  const kept = rows.map(({ id }) => id).sort();
  const relayed = await relayedEvents();
  expect([...relayed.keys()].sort()).toEqual(kept);
  return relayed;
}

/** Clients may hold ids that were given out in what was lost. */
async function expectSkippedIds(): Promise<void> {
  const [next] = await query<{ id: number }>(
    primary,
    'SELECT last_value::int AS id FROM orders_id_seq',
  );
  expect(next?.id).toBeGreaterThan(1_000_000);
}

async function openLink(name: string, targetPort: number): Promise<TcpLink> {
  const [port] = (await freePorts(1)) as [number];
  const link = await TcpLink.open(name, port, targetPort);
  links.push(link);
  return link;
}
