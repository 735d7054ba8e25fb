import type { ConnectorFound } from '../src/connect-rest';
import type { Observation } from '../src/observation';
import { notReady } from '../src/readiness';

const config = { name: 'outbox-relay' };
const wanted = {
  connector: config,
  connectUrl: 'http://127.0.0.1:8083',
  managedBy: 'relay-keeper',
} as const;
const running: ConnectorFound = {
  config,
  state: 'RUNNING',
  tasks: [{ id: 0, state: 'RUNNING' }],
};
const now = 1_000_000;
const healthy: Observation = {
  at: now,
  topics: seen({ missing: [], short: [], faults: [] }),
  connector: seen(running),
  history: seen({ kind: 'accepted' }),
  standbys: seen({ keepSlot: true, waitedFor: [], away: [], isSynchronous: false }),
  slot: seen({ active: true, walStatus: 'reserved', retainedBytes: 56 }),
  failure: null,
  unsendable: [],
  isBesideSlot: false,
  watermark: { writtenAt: now, failure: null, arrivedAt: now },
};

it('a relay that moves watermarks is ready', () => {
  expect(notReady(healthy, now, wanted)).toEqual([]);
});

it('a keeper that has not looked yet is not ready', () => {
  expect(notReady(undefined, now, wanted)).toEqual(['the keeper has not looked yet']);
});

it('a relay that says RUNNING but moves nothing is not ready after ten seconds', () => {
  const stuck = { ...healthy, watermark: { ...healthy.watermark, arrivedAt: now - 10_001 } };
  expect(notReady(stuck, now, wanted)).toEqual([startingWith('no watermark arrives on its topic')]);
});

it('a keeper whose loop hangs is not ready, however well things looked', () => {
  expect(notReady(healthy, now + 30_001, wanted)).toContain('the keeper has stopped looking');
});

it.each<[string, Partial<Observation>, string]>([
  [
    'a topic with other settings',
    { topics: seen({ missing: [], short: [], faults: ['order-events has 3 partitions, not 6'] }) },
    'topic order-events has 3 partitions, not 6',
  ],
  ['a missing connector', { connector: seen(null) }, 'Connect has no connector outbox-relay'],
  [
    'a changed configuration',
    { connector: seen({ ...running, config: { ...config, 'slot.name': 'other' } }) },
    "the connector's configuration is not that of outbox-relay.json: slot.name",
  ],
  [
    'a paused connector',
    { connector: seen({ ...running, state: 'PAUSED' }) },
    'the connector is PAUSED',
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
    { watermark: { writtenAt: null, failure: 'permission denied', arrivedAt: now } },
    'no watermark is being written: permission denied',
  ],
])('%s is named', (_, parts, sentence) => {
  expect(notReady({ ...healthy, ...parts }, now, wanted)).toEqual([startingWith(sentence)]);
});

function seen<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

function away(): { ok: false; reason: string } {
  return { ok: false, reason: 'ECONNREFUSED' };
}

/** What cures it follows: relay-faults.test.ts. */
const startingWith = (sentence: string): string =>
  expect.stringMatching(`^${sentence}(; |$)`) as string;
