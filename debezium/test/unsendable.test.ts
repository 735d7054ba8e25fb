import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { Relay } from './support/relay';

// One chain for all, because it takes seconds to start. Each test leaves it ready.
let relay: Relay;

beforeAll(async () => {
  relay = await Relay.start();
  // What a superuser may do, or a version before the checks did.
  await relay.sql('ALTER TABLE outbox DISABLE TRIGGER check_row');
  await relay.sql('ALTER TABLE outbox DROP CONSTRAINT sendable');
  await relay.startKeeper();
  await relay.untilReady(120_000);
  await relay.records.start(['order-events']);
}, 240_000);

afterAll(() => relay.stop());

interface Bad {
  topic?: string;
  payload?: string;
  traceparent?: string | null;
}

async function writeBad(aggregateid: string, bad: Bad): Promise<string> {
  const id = uuidv7();
  const { topic = 'order-events', payload = '{}', traceparent = null } = bad;
  await relay.sql(
    `INSERT INTO outbox
     SELECT $1, 'order', $2, 'OrderCreated', $3, $4, 1, 1, source_id, $5, clock_timestamp()
     FROM source`,
    [id, aggregateid, payload, topic, traceparent],
  );
  return id;
}

function command(...args: string[]) {
  return new Promise<{ code: unknown; out: string; err: string }>((resolve) =>
    execFile(
      process.execPath,
      [join(__dirname, '..', '..', 'cli', 'dist', 'main.js'), 'relay', ...args],
      { env: relay.environment },
      (error, out, err) => resolve({ code: error?.code ?? 0, out, err }),
    ),
  );
}

const large = JSON.stringify({ text: 'x'.repeat(1_600_000) });

describe('an event that cannot be sent is named within 10 s, and one command gets everything else flowing', () => {
  test.each<[string, Bad, RegExp]>([
    ['its topic does not exist', { topic: 'shipment-events' }, /there is no topic shipment-events/],
    [
      'its payload is too large',
      { payload: large },
      /its record has 1600\d{3} bytes, more than 1048576/,
    ],
    ['its topic is illegal', { topic: 'not a topic/é' }, /is no legal name of a topic/],
    [
      "its topic is Kafka's own",
      { topic: '__consumer_offsets' },
      /__consumer_offsets is Kafka's own/,
    ],
    ['a header is too large', { traceparent: 'x'.repeat(1_200_000) }, /more than 1048576/],
  ])('%s', async (_, bad, reason) => {
    const before = await relay.write({ aggregateid: 'before' });
    const id = await writeBad('17', bad);
    const behind = await relay.write({ aggregateid: 'behind' });
    const { reasons } = await relay.untilNotReady(/cannot be sent/, 10_000);
    const [sentence] = reasons.filter((text) => text.includes('cannot be sent'));
    expect(sentence).toMatch(
      new RegExp(`event ${id} of order:17@1 .*${reason.source}.* skip ${id} --why`),
    );
    expect(relay.records.times([behind])).toEqual([0]);

    expect((await command('unsendable')).out).toContain(id);
    const { code, out, err } = await command('skip', id, '--why', 'a test');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('order:17');
    await relay.records.arrival(before, 60_000);
    await relay.records.arrival(behind, 60_000);
    await relay.untilReady(60_000);
    await expect(
      relay.sql(
        `SELECT event->>'aggregateid' AS aggregate, reason, role FROM outbox_skipped WHERE id = $1`,
        [id],
      ),
    ).resolves.toEqual([{ aggregate: '17', reason: 'a test', role: relay.postgres.user }]);
    expect(relay.records.times([id])).toEqual([0]);
  });

  test('its row is deleted already, and a second one stands in the outbox', async () => {
    const first = await writeBad('18', { topic: 'shipment-events' });
    const second = await writeBad('19', { payload: large });
    await relay.sql('DELETE FROM outbox WHERE id = $1', [first]);
    const behind = await relay.write({ aggregateid: 'behind' });
    await relay.untilNotReady(new RegExp(`${first} of order:18@1 cannot be sent`), 10_000);

    const { code, err } = await command('skip', first, '--why', 'a test');
    expect(code).toBe(1);
    expect(err).toContain(second);
    expect((await command('skip', first, second, '--why', 'a test')).code).toBe(0);
    await relay.records.arrival(behind, 60_000);
    await relay.untilReady(60_000);
    const skipped = 'SELECT id FROM outbox_skipped WHERE id = ANY ($1::uuid[]) ORDER BY id';
    await expect(relay.sql(skipped, [[first, second]])).resolves.toEqual([
      { id: first },
      { id: second },
    ]);
  });

  test('or its topic is created: then nothing is left out', async () => {
    const id = await writeBad('20', { topic: 'late-events' });
    const behind = await relay.write({ aggregateid: 'behind' });
    await relay.untilNotReady(/there is no topic late-events/, 10_000);
    await relay.withAdmin((admin) =>
      admin.createTopics({ topics: [{ topic: 'late-events' }], waitForLeaders: true }),
    );
    await relay.records.arrival(behind, 60_000);
    await relay.untilReady(60_000);
    await relay.sql('DELETE FROM outbox WHERE id = $1', [id]);
  });
});

test('an event that nobody knows is not skipped, and the relay goes on', async () => {
  expect((await command('skip', uuidv7(), '--why', 'a test')).code).toBe(3);
  expect((await command('skip', 'order:17', '--why', 'a test')).code).toBe(64);
  expect((await command('skip', uuidv7())).code).toBe(64);
  await relay.untilReady();
});
