import fc from 'fast-check';
import {
  type Evidence,
  judge,
  lsnText,
  parseLsn,
  parseTimelines,
  type Position,
  type RelayedLast,
} from '../src/history/judge';

const accepted = { system: '1', timeline: 1, outbox: 16_437 };
const present = { ...accepted, timeline: 2 };

/** A commit of the history that was accepted: its events, in the order of the log. */
interface Commit {
  /** By aggregate; null: a watermark. */
  readonly events: readonly (number | null)[];
  /** Whether it has the newest events of these relayed again. No commit does that and something else, too. */
  readonly again: boolean;
}

interface Story {
  readonly commits: readonly Commit[];
  /** How many records of the log Kafka has, from the beginning; a Kafka transaction may end in the middle of a commit. */
  readonly relayed: number;
  /** How many entries of the log the promoted server has: changes and commits. */
  readonly kept: number;
  /** By the position of an event among all: whether its row was purged. Only what was relayed is. */
  readonly purged: readonly boolean[];
  readonly partitions: number;
  /** How many of a partition's last events are looked at. */
  readonly tail: number;
}

const stories: fc.Arbitrary<Story> = fc.record({
  commits: fc.array(
    fc.record({
      events: fc.array(fc.oneof(fc.nat(3), fc.constant(null)), {
        maxLength: 4,
      }),
      again: fc.boolean(),
    }),
    { maxLength: 12 },
  ),
  relayed: fc.nat(30),
  kept: fc.nat(60),
  purged: fc.array(fc.boolean(), { minLength: 48, maxLength: 48 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  tail: fc.integer({ min: 1, max: 3 }),
});

/** A record of the log that Debezium makes one of Kafka of. */
interface Change {
  readonly id: string;
  readonly aggregate: number | null;
  readonly version: number;
  /** Where it begins. */
  readonly at: bigint;
  /** Where its commit ends. */
  readonly committed: bigint;
  /** Where the commit before ends. */
  readonly before: bigint | null;
}

const bytes = 8n;

/** The log as it was written, and what Kafka and the promoted server have of it. */
function happen(story: Story): { evidence: Evidence; relayed: Change[]; end: bigint } {
  const changes: Change[] = [];
  const boundaries = [bytes];
  const newest = new Map<number, { id: string; version: number }>();
  let at = bytes;
  let before: bigint | null = null;
  for (const { events, again } of story.commits) {
    const committed = at + bytes * BigInt(events.length + 1);
    for (const aggregate of events) {
      const known = aggregate === null ? undefined : newest.get(aggregate);
      if (again && known === undefined) continue;
      const version = again ? (known?.version ?? 0) : (known?.version ?? 0) + 1;
      const id = again ? (known?.id ?? '') : String(changes.length);
      if (aggregate !== null) newest.set(aggregate, { id, version });
      changes.push({ id, aggregate, version, at, committed, before });
      at += bytes;
      boundaries.push(at);
    }
    at = committed;
    boundaries.push(at);
    before = committed;
  }
  const relayed = changes.slice(0, story.relayed);
  const end = boundaries[Math.min(story.kept, boundaries.length - 1)] ?? bytes;
  const kept = changes.filter(({ committed }) => committed <= end);
  const rows = new Set(
    kept
      .filter(
        ({ id }) => !(story.purged[Number(id)] === true && relayed.some((one) => one.id === id)),
      )
      .map(({ id }) => id),
  );
  const lastOne = relayed.at(-1);
  const position: Position | null = lastOne ? { commit: lastOne.before, change: lastOne.at } : null;
  const partitions = Array.from({ length: story.partitions }, (_, partition) =>
    relayed
      .filter(({ aggregate }) => aggregate !== null && aggregate % story.partitions === partition)
      .slice(-story.tail),
  );
  const last = partitions.flat().map(({ id, aggregate, version }): RelayedLast => {
    const versions = kept.filter((one) => one.aggregate === aggregate).map((one) => one.version);
    return {
      id,
      name: `order:${aggregate}@${version}`,
      version,
      isOfThisSource: true,
      isInOutbox: rows.has(id),
      storedVersion: versions.length === 0 ? null : Math.max(...versions),
    };
  });
  const slotConfirmed = lastOne?.before ?? null;
  const switches = new Map([[1, end]]);
  return {
    evidence: { present, accepted, switches, end: end + 1_000n, position, last, slotConfirmed },
    relayed,
    end,
  };
}

/** What is wrong with a judgement, as whoever sees everything knows; null: nothing. */
function mistakeOf(
  story: Story,
  judgeIt: (evidence: Evidence) => ReturnType<typeof judge>,
): string | null {
  const { evidence, relayed, end } = happen(story);
  const verdict = judgeIt(evidence);
  const kept = new Set(relayed.filter(({ committed }) => committed <= end).map(({ id }) => id));
  const missing = relayed.filter(({ id, aggregate }) => aggregate !== null && !kept.has(id));
  const { position } = evidence;
  const skips =
    position !== null && ((position.commit ?? 0n) > end || (position.change ?? 0n) >= end);
  if (verdict.kind === 'continued') {
    if (missing.length > 0) return `goes on without ${missing.length} events that Kafka has`;
    if (skips) return 'goes on although Debezium would leave out new commits';
  } else if (relayed.every(({ committed }) => committed <= end)) {
    return `throws away a history that goes on: ${verdict.why}`;
  }
  return null;
}

const runs = { numRuns: 5_000 };

test('in every story, nothing goes on without what Kafka has, and no history is thrown away that goes on', () => {
  fc.assert(
    fc.property(stories, (story) => expect(mistakeOf(story, judge)).toBeNull()),
    runs,
  );
});

const plants: [string, (evidence: Evidence) => Evidence][] = [
  ['looks at the position only', (evidence) => ({ ...evidence, last: [] })],
  [
    'looks at the last events only',
    (evidence) => ({ ...evidence, position: evidence.position && { commit: null, change: null } }),
  ],
  [
    'leaves out the change of the last record',
    (evidence) => ({
      ...evidence,
      position: evidence.position && { ...evidence.position, change: null },
    }),
  ],
  [
    'takes the end of the log for the end of the timeline',
    (evidence) => ({ ...evidence, switches: new Map([[1, evidence.end]]) }),
  ],
  [
    'takes a purged row for a lost one',
    (evidence) => ({
      ...evidence,
      last: evidence.last.map((event) => ({ ...event, storedVersion: null })),
    }),
  ],
  [
    'takes an aggregate of any version for the event',
    (evidence) => ({
      ...evidence,
      last: evidence.last.map((event) => ({
        ...event,
        storedVersion: event.storedVersion === null ? null : event.version,
      })),
    }),
  ],
  ['looks at one event only', (evidence) => ({ ...evidence, last: evidence.last.slice(0, 1) })],
];

test.each(plants)('a judge that %s is found out', (_, planted) => {
  const result = fc.check(
    fc.property(
      stories,
      (story) => mistakeOf(story, (evidence) => judge(planted(evidence))) === null,
    ),
    { ...runs, numRuns: 50_000 },
  );
  expect(result.failed).toBe(true);
});

describe('what no log can prove is lost, until somebody says so', () => {
  const evidence: Evidence = {
    present,
    accepted,
    switches: new Map([[1, 100n]]),
    end: 200n,
    position: { commit: 50n, change: 40n },
    last: [],
    slotConfirmed: 50n,
  };
  const known: RelayedLast = {
    id: 'a',
    name: 'order:1@1',
    version: 1,
    isOfThisSource: true,
    isInOutbox: true,
    storedVersion: 1,
  };

  test.each<[string, Partial<Evidence>, RegExp]>([
    ['another server', { accepted: { ...accepted, system: '2' } }, /another server/],
    ['tables that were restored', { accepted: { ...accepted, outbox: 1 } }, /were restored/],
    ['a history that was refused', { accepted: null }, /put back/],
    [
      'a timeline that leads elsewhere',
      { accepted: { ...accepted, timeline: 3 } },
      /does not go on from timeline 3/,
    ],
    ['events, and no position', { position: null, last: [known] }, /no position/],
    ['events of another source', { last: [{ ...known, isOfThisSource: false }] }, /order:1@1/],
  ])('%s', (_, more, why) => {
    expect(judge({ ...evidence, ...more })).toEqual({
      kind: 'lost',
      why: expect.stringMatching(why) as string,
    });
  });

  test('but for an event of another source among ours, which proves nothing', () => {
    const last = [
      known,
      { ...known, isOfThisSource: false, isInOutbox: false, storedVersion: null },
    ];
    expect(judge({ ...evidence, last })).toMatchObject({ kind: 'continued' });
  });

  test('a log that was cut off on the same timeline', () => {
    const here = { ...evidence, accepted: present, switches: new Map([[1, 10n]]) };
    expect(judge(here)).toMatchObject({ kind: 'continued' });
    expect(judge({ ...here, end: 49n })).toMatchObject({ kind: 'lost' });
  });

  test('a fresh stack goes on, without a slot', () => {
    expect(judge({ ...evidence, position: null })).toEqual({ kind: 'continued', keepsSlot: false });
  });

  test('a slot that begins after the position is not kept: what stands between would be left out', () => {
    expect(judge(evidence)).toEqual({ kind: 'continued', keepsSlot: true });
    expect(judge({ ...evidence, slotConfirmed: 51n })).toEqual({
      kind: 'continued',
      keepsSlot: false,
    });
    expect(judge({ ...evidence, slotConfirmed: null })).toEqual({
      kind: 'continued',
      keepsSlot: false,
    });
  });
});

test("PostgreSQL's texts are read", () => {
  expect(lsnText(parseLsn('1A/3000148'))).toBe('1A/3000148');
  expect(() => parseLsn('x')).toThrow('not a place in the log');
  const text = '1\t0/3000000\tno recovery target specified\n\n2\t1/0\tbefore 2026-01-01\n';
  expect(parseTimelines(text)).toEqual(
    new Map([
      [1, 0x3000000n],
      [2, 0x100000000n],
    ]),
  );
});
