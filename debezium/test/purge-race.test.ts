import { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { seeded } from 'local/seeded';
import { until } from 'local/until';
import { Purging } from './support/purge';
import { Relay } from './support/relay';

const rounds = Number(process.env.PURGE_RACE_ROUNDS ?? 6);
const seed = Number(process.env.PURGE_RACE_SEED ?? 1);
jest.setTimeout(120_000 + rounds * 30_000);

let relay: Relay;
let purging: Purging;

beforeAll(async () => {
  relay = await Relay.start();
  await relay.startKeeper();
  await relay.untilReady();
  await relay.records.start(['order-events', 'watermarks']);
  // Almost no retention, and no look at whether the relay is sound: only the evidence protects.
  purging = await Purging.of(relay, 100);
});

afterAll(async () => {
  await purging.stop();
  await relay.stop();
});

const stop = () => relay.rest('PUT', '/connectors/outbox-relay/stop');
const resume = () => relay.rest('PUT', '/connectors/outbox-relay/resume');
const dropSlot = () => until(() => relay.dropSlot(), 60_000);
const createSlot = () =>
  relay.sql(`SELECT pg_create_logical_replication_slot('relay', 'pgoutput')`);

/** What operators, Debezium and accidents do to the slot and the connector. `wait` lets rows be written. */
const accidents: Record<string, (wait: () => Promise<void>) => Promise<unknown>> = {
  'the slot is dropped while the task runs': () => relay.takeSlotAway(),
  'the slot is dropped while the task is stopped': async (wait) => {
    await stop();
    await dropSlot();
    await wait();
    await resume();
  },
  'the slot is created anew by hand while the task runs': () =>
    until(async () => {
      await relay.takeSlotAway();
      // Not if the task was quicker.
      await createSlot();
    }, 60_000),
  'the slot is created anew by hand while the task is stopped': async (wait) => {
    await stop();
    await wait();
    await dropSlot();
    await wait();
    await createSlot();
    await wait();
    await resume();
  },
  'the slot is moved on by hand': async (wait) => {
    await stop();
    await wait();
    await until(
      () =>
        relay.sql(`SELECT pg_replication_slot_advance('relay', pg_current_wal_lsn())
                   FROM pg_replication_slots WHERE NOT active AND slot_name = 'relay'`),
      60_000,
    );
    await resume();
  },
  'offsets are deleted, the slot stays': async (wait) => {
    await stop();
    await wait();
    await until(() => relay.rest('DELETE', '/connectors/outbox-relay/offsets'), 60_000);
    await resume();
  },
  'the connector is restarted': () =>
    relay.rest('POST', '/connectors/outbox-relay/restart?includeTasks=true'),
  'Connect is killed': () => relay.connect.restart(),
};

/** Commands that write events one after the other, some of which commit late. @returns ends them */
function write(ids: string[], random: () => number): () => Promise<void> {
  let running = true;
  const { host, port, database, user, password } = relay.postgres;
  const writer = async (): Promise<void> => {
    const client = new Client({ host, port, database, user, password });
    await client.connect();
    while (running) {
      const id = uuidv7();
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO outbox
         SELECT $1, 'order', $2, 'OrderCreated', '{}', 'order-events', 1, 1, source_id, NULL, clock_timestamp()
         FROM source`,
        [id, id],
      );
      await sleep(random() < 0.05 ? 1_500 : 5 * random());
      await client.query('COMMIT');
      ids.push(id);
    }
    await client.end();
  };
  const all = Promise.all([writer(), writer(), writer(), writer()]);
  return async () => {
    running = false;
    await all;
  };
}

test(`a purge that races ${rounds} accidents of slot and connector deletes nothing that is not in Kafka`, async () => {
  const below = seeded(seed);
  const random = (): number => below(1_000_000) / 1_000_000;
  const ids: string[] = [];
  const end = write(ids, random);
  let purgeRuns = true;
  const passing = (async () => {
    while (purgeRuns) {
      await purging.purge.turn();
      await sleep(20);
    }
  })();
  const names = Object.keys(accidents);
  const order = names.map((name) => ({ name, at: random() })).sort((a, b) => a.at - b.at);
  for (let round = 0; round < rounds; round++) {
    const { name } = order[round % order.length] ?? { name: '' };
    const before = (await purging.purged()).length;
    await accidents[name]?.(() => sleep(300 * random()));
    // Well enough to purge again: so every round races.
    await until(async () => {
      const purged = (await purging.purged()).length;
      if (purged < before + 50) throw new Error(`${name}: ${purging.purge.waitsFor.join()}`);
    }, 60_000).catch((cause: unknown) => {
      throw new Error(`round ${round}, seed ${seed}: ${name}`, { cause });
    });
  }
  await end();
  await relay.untilReady();
  // What Debezium has overlooked stays (a slot that was moved on by hand may do that); the rest goes.
  await relay.records.arrival(await relay.write());
  await until(async () => {
    await purging.purge.turn();
    const came = new Set(relay.records.records.map(({ headers }) => headers.id));
    expect((await purging.left(ids)).filter((id) => came.has(id))).toEqual([]);
  }, 60_000);
  purgeRuns = false;
  await passing;

  const purged = await relay.sql<{ id: string; at: Date }>('SELECT id, at FROM purged');
  // Not only now: each stood there when its row was deleted.
  await until(() => {
    const firstAt = new Map<string, number>();
    for (const { headers, at } of relay.records.records) {
      firstAt.set(headers.id, Math.min(at, firstAt.get(headers.id) ?? Infinity));
    }
    const early = purged.filter(({ id, at }) => !((firstAt.get(id) ?? Infinity) <= at.getTime()));
    expect(early).toEqual([]);
  }, 60_000);
});
