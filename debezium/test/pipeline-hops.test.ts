import { mayFailOver } from 'contracts/pipeline';
import type { ConnectorFound } from '../src/connect-rest';
import type { Observation } from '../src/observation';
import type { Flow } from '../src/pipeline/flow';
import { relayHops } from '../src/pipeline/hops';
import type { Standbys } from '../src/standbys';

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
  topics: { ok: true, value: { missing: [], short: [], faults: [] } },
  connector: { ok: true, value: running },
  history: { ok: true, value: { kind: 'accepted' } },
  standbys: { ok: true, value: { keepSlot: true, waitedFor: [], away: [], isSynchronous: false } },
  slot: { ok: true, value: { active: true, walStatus: 'reserved', retainedBytes: 56 } },
  failure: null,
  unsendable: [],
  isBesideSlot: false,
  watermark: { writtenAt: now, failure: null, arrivedAt: now - 400 },
};
const quiet: Flow = { written: 2, waiting: 0, waitingSeconds: null, topics: null };
const outbox = { rows: 7, oldest: new Date(0), overdueNames: [] };

const hopsOf = (seen: Observation | undefined, flow = quiet, at = now) =>
  relayHops({ seen, outbox, flow, now: at, wanted });
const brokenOf = (seen: Observation) =>
  hopsOf(seen)
    .filter(({ state }) => state === 'broken')
    .map(({ name, reasons }) => [name, reasons[0]?.split('; ')[0]]);

it('a relay that moves has every hop ok, in the order of an event’s way', () => {
  expect(hopsOf(healthy).map(({ name, state }) => `${name} ${state}`)).toEqual([
    'outbox ok',
    'slot ok',
    'connector ok',
    'topics ok',
  ]);
  expect(hopsOf(healthy)[0]).toMatchObject({ rate: 2, lag: { count: 0, seconds: 0 } });
});

it('whether a standby may take over is told where one is asked for', () => {
  const told = (more: Partial<Standbys>) => {
    const value = { keepSlot: true, waitedFor: ['b'], away: [], isSynchronous: true, ...more };
    return hopsOf({ ...healthy, standbys: { ok: true, value } })[1]?.facts[mayFailOver];
  };
  expect(told({})).toBe('yes');
  expect(told({ keepSlot: false })).toBe(
    'no: no standby keeps the slot: it was made without failover',
  );
  expect(told({ waitedFor: [], isSynchronous: false })).toBeUndefined();
});

it.each<[string, Partial<Observation>, [string, string][]]>([
  [
    'a stopped connector',
    {
      connector: { ok: true, value: { ...running, state: 'STOPPED', tasks: [] } },
      slot: { ok: true, value: { active: false, walStatus: 'reserved', retainedBytes: 9 } },
    },
    [
      ['slot', 'nobody reads the slot'],
      ['connector', 'the connector is STOPPED'],
    ],
  ],
  [
    'PostgreSQL away',
    { slot: { ok: false, reason: 'ECONNREFUSED' } },
    [
      ['outbox', 'PostgreSQL does not answer: ECONNREFUSED'],
      ['slot', 'PostgreSQL does not answer: ECONNREFUSED'],
    ],
  ],
  [
    'Kafka away',
    { topics: { ok: false, reason: 'ECONNREFUSED' } },
    [['topics', 'Kafka does not answer: ECONNREFUSED']],
  ],
  [
    'a connector that says RUNNING and moves nothing',
    { watermark: { writtenAt: now, failure: null, arrivedAt: now - 10_001 } },
    [['connector', 'no watermark arrives on its topic']],
  ],
])('%s is told at its hop', (_, parts, broken) => {
  expect(brokenOf({ ...healthy, ...parts })).toEqual(broken);
});

it('events that wait are counted, and since when the oldest does', () => {
  const flow = { ...quiet, waiting: 12, waitingSeconds: 8 };
  expect(hopsOf(healthy, flow)[0]).toMatchObject({ lag: { count: 12, seconds: 8 } });
});

it('what was seen long ago is unknown, without its numbers', () => {
  for (const hops of [hopsOf(undefined), hopsOf(healthy, quiet, now + 10_001)]) {
    expect(hops).toHaveLength(4);
    for (const { state, rate, lag, facts } of hops) {
      expect({ state, rate, lag, facts }).toEqual({
        state: 'unknown',
        rate: null,
        lag: { count: null, seconds: null },
        facts: {},
      });
    }
  }
});
