import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { query } from 'local/query';
import { until } from 'local/until';
import { failpoints } from '../src/failpoints';
import { beginHistory } from '../src/begin-history';
import { readCommandConfig } from '../src/config';
import { Forger, Purging, writeUnseen } from './support/purge';
import { Relay } from './support/relay';

const retentionMs = 300;
/** The environment of a keeper that purges. */
const short = { OUTBOX_RETENTION_HOURS: String(1 / 3_600) };

// One chain for all, because it takes seconds to start. Each test leaves it ready.
let relay: Relay;
let purging: Purging;

beforeAll(async () => {
  relay = await Relay.start();
  await relay.startKeeper();
  await relay.untilReady();
  await relay.records.start(['order-events', 'watermarks']);
  purging = await Purging.of(relay, retentionMs);
});

afterAll(async () => {
  await purging.stop();
  await relay.stop();
});

/** Whatever was deleted so far stands in Kafka, as another consumer reads it. */
async function expectPurgedToBeInKafka(): Promise<void> {
  const purged = await purging.purged();
  await Promise.all(purged.map((id) => relay.records.arrival(id)));
}

/** The time of a watermark that was written after everything so far, when it has arrived. */
async function untilWatermarkArrives(): Promise<void> {
  const seen = relay.records.records.filter(({ topic }) => topic === 'watermarks').length;
  await until(() => {
    const now = relay.records.records.filter(({ topic }) => topic === 'watermarks').length;
    if (now < seen + 2) throw new Error('no watermark');
  }, 60_000);
}

describe('an outbox row', () => {
  it('is deleted after its retention time, when its event stands in Kafka', async () => {
    const ids = await relay.writeMany(30);
    await purging.untilGone(ids);
    await expectPurgedToBeInKafka();
    const early = await relay.sql(
      `SELECT FROM purged WHERE at < uuid_extract_timestamp(id) + make_interval(secs => $1)`,
      [retentionMs / 1_000],
    );
    expect(early).toEqual([]);
  });

  it('is kept before, though its event has arrived', async () => {
    const patient = await Purging.of(relay, 3_600_000);
    const ids = await relay.writeMany(3);
    await Promise.all(ids.map((id) => relay.records.arrival(id)));
    await patient.purge.turn();
    expect(patient.purge.waitsFor).toEqual([]);
    expect(await patient.left(ids)).toHaveLength(3);
    await patient.stop();
  });

  it('is kept when the relay has overlooked it, whatever was relayed after it, and is named', async () => {
    const unseen = await writeUnseen(relay);
    const after = await relay.writeMany(3);
    await untilWatermarkArrives();
    await purging.untilGone(after);
    expect(await purging.left([unseen])).toEqual([unseen]);
    await until(async () => {
      await purging.purge.turn();
      expect(purging.purge.overdueNames).toContain('order:unseen@1');
    }, 60_000);
    await relay.sql('DELETE FROM outbox WHERE id = $1', [unseen]);
    await relay.sql('DELETE FROM purged WHERE id = $1', [unseen]);
  });

  it('is kept when its record was aborted or is of another database; a committed one ends it', async () => {
    const forger = await Forger.start(relay.broker.bootstrapServers);
    const [source] = await relay.sql<{ id: string }>('SELECT source_id AS id FROM source');
    const sourceId = source?.id ?? '';
    const unseen = await writeUnseen(relay);
    await forger.write(unseen, sourceId, 'abort');
    await forger.write(unseen, uuidv7(), 'commit');
    const after = await relay.writeMany(10);
    await purging.untilGone(after);
    expect(await purging.left([unseen])).toEqual([unseen]);

    await forger.write(unseen, sourceId, 'commit');
    await purging.untilGone([unseen]);
    await forger.stop();
  });

  it('that is committed long after it was written is kept until its event has come', async () => {
    const { host, port, database, user, password } = relay.postgres;
    const late = new Client({ host, port, database, user, password });
    await late.connect();
    const id = uuidv7();
    await late.query('BEGIN');
    await late.query(
      `INSERT INTO outbox
       SELECT $1, 'order', 'late', 'OrderCreated', '{}', 'order-events', 1, 1, source_id, NULL, clock_timestamp()
       FROM source`,
      [id],
    );
    const after = await relay.writeMany(5);
    await purging.untilGone(after);
    await late.query('COMMIT');
    await late.end();
    await purging.untilGone([id]);
    await expectPurgedToBeInKafka();
  });
});

describe('only the purge deletes:', () => {
  const call = `SELECT purge_outbox('order-events', ARRAY[]::uuid[], ARRAY[]::uuid[], '0')`;

  it('the relay role by its function, and only what is old enough', async () => {
    const id = await relay.write();
    await relay.records.arrival(id);
    const [source] = await relay.sql<{ id: string }>('SELECT source_id AS id FROM source');
    const of = (kept: string) =>
      relay.sqlAsRelay(
        `SELECT purge_outbox('order-events', ARRAY['${id}'::uuid], ARRAY['${source?.id}'::uuid], '${kept}') AS purged`,
      );
    await expect(of('1 hour')).resolves.toEqual([{ purged: 0 }]);
    await expect(of('0')).resolves.toEqual([{ purged: 1 }]);
  });

  it.each([
    ['command_service', 'service'],
    ['auditor', `'another' "one"`],
  ])('not %s', async (user, password) => {
    await expect(query({ ...relay.postgres, user, password }, call)).rejects.toThrow(
      'permission denied for function purge_outbox',
    );
  });

  it('nothing while nobody reads the slot', async () => {
    await relay.rest('PUT', '/connectors/outbox-relay/stop');
    await until(async () => {
      await expect(relay.sqlAsRelay(call)).rejects.toThrow('nobody reads the slot relay');
    }, 60_000);
    await until(() => relay.dropSlot(), 60_000);
    await expect(relay.sqlAsRelay(call)).rejects.toThrow('nobody reads the slot relay');
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await relay.untilReady();
  });
});

describe('the keeper', () => {
  it('purges, unless it is told to keep rows for ever', async () => {
    const ids = await relay.writeMany(3);
    await relay.stopKeeper();
    await relay.startKeeper({ OUTBOX_RETENTION_HOURS: '0' });
    await until(async () => {
      const { outbox } = await relay.health();
      expect(outbox.purgeWaitsFor).toEqual([expect.stringMatching(/kept for ever/)]);
    }, 60_000);

    await relay.stopKeeper();
    await relay.startKeeper(short);
    await until(async () => expect(await purging.left(ids)).toEqual([]), 60_000);
    await until(async () => {
      expect((await relay.health()).outbox).toMatchObject({ purgeWaitsFor: [], overdue: [] });
    }, 60_000);
    await expectPurgedToBeInKafka();
  });

  it('purges nothing while the relay is not sound, says why, and goes on when it is', async () => {
    await relay.rest('PUT', '/connectors/outbox-relay/stop');
    const id = await relay.write();
    await until(async () => {
      const { outbox } = await relay.health();
      expect(outbox.purgeWaitsFor.join()).toMatch(/the connector is STOPPED/);
    }, 60_000);
    const { purged } = (await relay.health()).outbox;
    await relay.rest('PUT', '/connectors/outbox-relay/resume');
    await relay.records.arrival(id);
    await until(async () => {
      expect((await relay.health()).outbox.purged).toBeGreaterThan(purged);
    }, 60_000);
    await until(async () => expect(await purging.left([id])).toEqual([]), 60_000);
    await relay.stopKeeper();
  });

  it.each([failpoints.purgeRead, 'purge-outbox', 'find-overdue-rows', 'purge-watermarks'])(
    'may be killed at %s',
    async (failpoint) => {
      const ids = await relay.writeMany(5);
      await relay.runKeeperUntilKilled(failpoint, short);
      await relay.startKeeper(short);
      await until(async () => expect(await purging.left(ids)).toEqual([]), 60_000);
      await relay.untilReady();
      await relay.stopKeeper();
      await expectPurgedToBeInKafka();
    },
  );
});

// The last one: it deletes the topics under the reader of `relay.records`.
test('after a new history, rows go by what the new topics hold, though more was read of the old ones', async () => {
  const old = await relay.writeMany(30);
  await purging.untilGone(old);
  const kept = await writeUnseen(relay);
  const more = await relay.writeMany(3);
  const config = {
    ...readCommandConfig(relay.environment),
    reason: 'restored a backup',
    skippedIds: 1_000_000,
  };
  await beginHistory(config, () => undefined);
  await purging.untilGone([kept, ...more]);
});
