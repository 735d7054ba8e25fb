import type { ConnectorFound } from '../src/connect-rest';
import type { Observation } from '../src/observation';
import { notReady } from '../src/readiness';

const wanted = { name: 'outbox-relay' };
const running: ConnectorFound = {
  config: wanted,
  state: 'RUNNING',
  tasks: [{ id: 0, state: 'RUNNING' }],
};
const now = 1_000_000;
const healthy: Observation = {
  at: now,
  topics: seen({ missing: [], faults: [] }),
  connector: seen(running),
  slot: seen({ active: true, walStatus: 'reserved', retainedBytes: 56 }),
  watermark: { writtenAt: now, arrivedAt: now },
};

it('a relay that moves watermarks is ready', () => {
  expect(notReady(healthy, now, wanted)).toEqual([]);
});

it('a keeper that has not looked yet is not ready', () => {
  expect(notReady(undefined, now, wanted)).toEqual(['the keeper has not looked yet']);
});

it('a relay that says RUNNING but moves nothing is not ready after ten seconds', () => {
  const stuck = { ...healthy, watermark: { writtenAt: now, arrivedAt: now - 10_001 } };
  expect(notReady(stuck, now, wanted)).toEqual(['no watermark arrives on its topic']);
});

it('a keeper whose loop hangs is not ready, however well things looked', () => {
  expect(notReady(healthy, now + 30_001, wanted)).toContain('the keeper has stopped looking');
});

it.each<[string, Partial<Observation>, string]>([
  [
    'a topic with other settings',
    { topics: seen({ missing: [], faults: ['order-events has 3 partitions, not 6'] }) },
    'topic order-events has 3 partitions, not 6',
  ],
  ['a missing connector', { connector: seen(null) }, 'Connect has no connector outbox-relay'],
  [
    'a changed configuration',
    { connector: seen({ ...running, config: {} }) },
    "the connector's configuration is not that of outbox-relay.json",
  ],
  [
    'a paused connector',
    { connector: seen({ ...running, state: 'PAUSED' }) },
    'the connector is PAUSED: PUT /connectors/outbox-relay/resume starts it again',
  ],
  [
    'a failed task',
    { connector: seen({ ...running, tasks: [{ id: 0, state: 'FAILED', trace: 'no login' }] }) },
    'task 0 is FAILED: no login',
  ],
  [
    'a task-less connector',
    { connector: seen({ ...running, tasks: [] }) },
    'the connector has no task',
  ],
  ['a missing slot', { slot: seen(null) }, 'there is no slot relay'],
  [
    'an idle slot',
    { slot: seen({ active: false, walStatus: 'reserved', retainedBytes: 1 }) },
    'nobody reads the slot',
  ],
  [
    'a lost slot',
    { slot: seen({ active: false, walStatus: 'lost', retainedBytes: null }) },
    'the slot is lost: PostgreSQL removed WAL it needed',
  ],
  ['Kafka away', { topics: away() }, 'Kafka does not answer: ECONNREFUSED'],
  ['Connect away', { connector: away() }, 'Kafka Connect does not answer: ECONNREFUSED'],
  ['PostgreSQL away', { slot: away() }, 'PostgreSQL does not answer: ECONNREFUSED'],
  [
    'watermarks that are not written',
    { watermark: { writtenAt: null, arrivedAt: now } },
    'no watermark is being written',
  ],
])('%s is named', (_, parts, sentence) => {
  expect(notReady({ ...healthy, ...parts }, now, wanted)).toEqual([sentence]);
});

function seen<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

function away(): { ok: false; reason: string } {
  return { ok: false, reason: 'ECONNREFUSED' };
}
