import { worstOf } from 'contracts/pipeline';
import { statusLines } from '../src/cli/status-text';
import { consumerHop, type OwnState, unknownRelay, viewsHop } from '../src/pipeline/hops';

const well: OwnState = {
  views: 'current',
  notReady: [],
  halted: null,
  behind: 0,
  arrived: '2026-02-27T09:00:01.000Z',
  asOf: '2026-02-27T09:00:01.000Z',
  staleSeconds: 0.8,
  staleAfterSeconds: 10,
  stale: null,
  openDeadLetters: 0,
  eventsPerSecond: 3,
};
const equal = { replica: 'r', at: null, compared: 5, differences: 0, waiting: 0, trouble: null };

test('a service that reads and answers is ok', () => {
  expect(consumerHop(well)).toMatchObject({
    state: 'ok',
    rate: 3,
    lag: { count: 0, seconds: 0 },
  });
  expect(viewsHop(well, [equal], null)).toMatchObject({
    state: 'ok',
    lag: { count: 0, seconds: 0.8 },
  });
});

test('a consumer that is behind says by how many offsets and seconds', () => {
  const behind = { ...well, behind: 40, asOf: '2026-02-27T08:59:50.900Z' };
  expect(consumerHop(behind)).toMatchObject({
    state: 'waiting',
    reasons: ['more arrives than is applied'],
    lag: { count: 40, seconds: 10.1 },
  });
});

test('a consumer whose Kafka does not answer has no lag to tell', () => {
  expect(consumerHop({ ...well, behind: null })).toMatchObject({
    state: 'unknown',
    lag: { count: null },
  });
});

test.each<[string, Partial<OwnState>, string, RegExp]>([
  [
    'halted',
    { halted: 'consumption has halted: …', notReady: ['consumption has halted: …'] },
    'broken',
    /halted/,
  ],
  ['catching up', { notReady: ['catching up: 5 offsets …'] }, 'waiting', /catching up/],
])('a consumer that is %s says so', (_, parts, state, reason) => {
  const hop = consumerHop({ ...well, ...parts });
  expect(hop.state).toBe(state);
  expect(hop.reasons[0]).toMatch(reason);
});

test.each<[string, Partial<OwnState>, string, RegExp]>([
  ['untrusted', { views: 'untrusted' }, 'broken', /cannot be trusted/],
  ['incomplete', { views: 'incomplete', openDeadLetters: 2 }, 'broken', /^2 parked events/],
  ['catching up', { views: 'catching-up' }, 'waiting', /not complete yet/],
  ['stale', { views: 'stale', stale: 'the numbers stand still: …' }, 'waiting', /stand still/],
])('numbers that are %s say so', (_, parts, state, reason) => {
  const hop = viewsHop({ ...well, ...parts }, [equal], null);
  expect(hop.state).toBe(state);
  expect(hop.reasons[0]).toMatch(reason);
});

test('a difference from PostgreSQL is told at the views', () => {
  expect(viewsHop(well, [{ ...equal, differences: 3 }], null)).toMatchObject({
    state: 'broken',
    reasons: ['3 differences from PostgreSQL, listed by: npm run reconcile'],
  });
});

test('without the relay keeper, four hops are unknown and have no numbers', () => {
  const hops = [...unknownRelay(), consumerHop(well), viewsHop(well, null, null)];
  expect(hops.slice(0, 4).map(({ state, rate }) => [state, rate])).toEqual(
    Array(4).fill(['unknown', null]),
  );
  expect(worstOf(hops)).toBe('unknown');
});

test('the terminal shows a line per hop, and under it what is wrong', () => {
  const lines = statusLines({
    at: '2026-02-27T09:00:02.000Z',
    state: 'unknown',
    standstill: null,
    hops: [
      ...unknownRelay()
        .map((hop) => ({ ...hop, facts: { 'a standby may take over': 'yes' } }))
        .slice(0, 1),
      consumerHop(well),
      viewsHop(well, null, null),
    ],
    asOf: well.asOf,
    staleSeconds: 0.8,
    stale: null,
    openDeadLetters: 0,
    comparisons: null,
    changes: 1,
  });
  expect(lines[1]).toMatch(/^\? outbox +unknown +- +- +-$/);
  expect(lines[2]).toBe('    unknown: the relay keeper does not answer');
  expect(lines.find((line) => line.includes('consumer'))).toMatch(
    /^✓ consumer +ok +3\.0 events\/s +0 events +0\.0 s$/,
  );
  expect(lines).toContain('answers as of 2026-02-27T09:00:01.000Z, 0.8 s ago');
  expect(lines).toContain('a standby may take over: yes');
});

test('what a reason quotes cannot write to the terminal', () => {
  const hop = { ...consumerHop(well), reasons: ['a topic \x1b[2J\nx'] };
  const lines = statusLines({
    at: '2026-02-27T09:00:02.000Z',
    state: 'broken',
    standstill: null,
    hops: [hop],
    asOf: null,
    staleSeconds: null,
    stale: null,
    openDeadLetters: 0,
    comparisons: [{ ...equal, trouble: 'b\x9bm' }],
    changes: 1,
  });
  expect(lines).toContain('    a topic \\u001b[2J\\u000ax');
  expect(lines.at(-1)).toMatch(/\(b\\u009bm\)$/);
});
