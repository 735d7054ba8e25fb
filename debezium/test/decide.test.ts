import { type Action, decide, freshMemory, type Memory } from '../src/decide';
import type { ConnectorFound } from '../src/connect-rest';
import type { Verdict } from '../src/history/judge';
import type { Observation } from '../src/observation';
import type { Slot } from '../src/slot';
import type { TopicsFound, WantedTopic } from '../src/topics';

const config = { name: 'outbox-relay', 'slot.name': 'relay' };
const wanted = { connector: config, managedBy: 'relay-keeper' } as const;
const running: ConnectorFound = {
  config,
  state: 'RUNNING',
  tasks: [{ id: 0, state: 'RUNNING' }],
};
const taskFailed: ConnectorFound = { ...running, tasks: [{ id: 0, state: 'FAILED' }] };
const reserved: Slot = { active: true, walStatus: 'reserved', retainedBytes: 56 };
const allTopics: TopicsFound = { missing: [], short: [], faults: [] };
const orders: WantedTopic = {
  topic: 'order-events',
  partitions: 6,
  mayHaveMore: true,
  replication: 1,
  config: {},
};

describe('topics', () => {
  it('missing ones are created, and the connector waits for them', () => {
    const found = {
      topics: seen({ missing: [orders], short: [], faults: [] }),
      connector: seen(null),
    };
    expect(actionsFor(found)).toEqual([{ kind: 'create-topics', topics: [orders] }]);
  });

  it('with fewer partitions than wanted get more', () => {
    const found = { topics: seen({ missing: [], short: [orders], faults: [] }) };
    expect(actionsFor(found)).toEqual([{ kind: 'add-partitions', topics: [orders] }]);
  });

  it('wrong ones are not touched, and no connector is created on them', () => {
    const faults = ['order-events has 3 partitions, not 6'];
    expect(
      actionsFor({ topics: seen({ missing: [], short: [], faults }), connector: seen(null) }),
    ).toEqual([]);
  });

  it('wrong ones do not keep a failed task from its restart', () => {
    const faults = ['order-events has 3 partitions, not 6'];
    const found = { topics: seen({ missing: [], short: [], faults }), connector: seen(taskFailed) };
    expect(actionsFor(found)).toEqual([{ kind: 'restart-failed' }]);
  });
});

describe('the connector', () => {
  it('is left alone while it runs as wanted', () => {
    expect(actionsFor({})).toEqual([]);
  });

  it('begins its snapshot anew, with a new slot, when it takes it beside an old one', () => {
    expect(actionsFor({ isBesideSlot: true })).toEqual([{ kind: 'repeat-snapshot' }]);
  });

  it('is put when it is missing, after its slot is dropped: its position may be lost', () => {
    const idle = { ...reserved, active: false };
    expect(actionsFor({ connector: seen(null), slot: seen(idle) })).toEqual([
      { kind: 'drop-slot-of-nobody' },
    ]);
    expect(actionsFor({ connector: seen(null), slot: seen(null) })).toEqual([
      { kind: 'put-connector', why: 'missing' },
    ]);
  });

  it('is put when it is missing', () => {
    expect(actionsFor({ connector: seen(null) })).toEqual([
      { kind: 'put-connector', why: 'missing' },
    ]);
  });

  it('is put when somebody changed its configuration', () => {
    const changed = { ...running, config: { ...config, 'slot.name': 'other' } };
    expect(actionsFor({ connector: seen(changed) })).toEqual([
      { kind: 'put-connector', why: 'different' },
    ]);
  });

  it('is restarted when it or a task of it has failed', () => {
    const failed = { ...running, state: 'FAILED', tasks: [] };
    expect(actionsFor({ connector: seen(failed) })).toEqual([{ kind: 'restart-failed' }]);
    expect(actionsFor({ connector: seen(taskFailed) })).toEqual([{ kind: 'restart-failed' }]);
  });

  it.each(['PAUSED', 'STOPPED'])('stays %s when somebody made it so', (state) => {
    expect(actionsFor({ connector: seen({ ...running, state, tasks: [] }) })).toEqual([]);
  });

  it('is not touched while Connect does not answer', () => {
    expect(actionsFor({ connector: away })).toEqual([]);
  });

  it('is restarted when it says RUNNING but has had no task for half a minute', () => {
    const taskless = { connector: seen({ ...running, tasks: [] }) };
    const times = timeline(taskless, 40_000, 1_000);
    expect(times).toEqual([{ at: 30_000, kinds: ['restart-taskless'] }]);
  });
});

describe('back-off', () => {
  it('lets 1, 2, 4 … 60 seconds pass between restarts', () => {
    const restarts = timeline({ connector: seen(taskFailed) }, 250_000, 1_000).map(({ at }) => at);
    const gaps = restarts.slice(1).map((at, i) => (at - (restarts[i] ?? 0)) / 1_000);
    expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it.each([
    [59_000, ['restart-failed']],
    [60_000, ['restart-failed', 'restart-failed']],
  ])('starts again once the connector has been healthy for a minute (%i ms)', (ms, expected) => {
    const broken = { connector: seen(taskFailed) };
    let memory = decide(observation({}, 200_000), failFor(100_000), wanted).memory;
    memory = decide(observation({}, 200_000 + ms), memory, wanted).memory;
    const first = decide(observation(broken, 260_001), memory, wanted);
    const second = decide(observation(broken, 261_001), first.memory, wanted);
    const kinds = [...first.actions, ...second.actions].map(({ kind }) => kind);
    expect(kinds).toEqual(expected);
  });

  it('does not hold up the repeat of a snapshot that is taken beside a slot', () => {
    expect(kindsAt(100_250, { isBesideSlot: true }, failFor(100_000))).toEqual(['repeat-snapshot']);
  });

  it.each(['topics', 'connector', 'slot'] as const)(
    'ends at once when a neighbour is back: the one that shows the %s',
    (part) => {
      const memory = decide(
        observation({ connector: seen(taskFailed), [part]: away }, 100_000),
        failFor(100_000),
        wanted,
      ).memory;
      const back = { connector: seen(taskFailed) };
      expect(kindsAt(100_250, back, memory)).toEqual(['restart-failed']);
    },
  );
});

describe('the slot', () => {
  it('is dropped when it is lost and nobody uses it', () => {
    const lost: Slot = { active: false, walStatus: 'lost', retainedBytes: null };
    expect(actionsFor({ slot: seen(lost) })).toEqual([{ kind: 'drop-lost-slot' }]);
  });

  it('is kept while somebody still uses it', () => {
    const lost: Slot = { active: true, walStatus: 'lost', retainedBytes: null };
    expect(actionsFor({ slot: seen(lost) })).toEqual([]);
  });

  it.each(['reserved', 'extended', 'unreserved'] as const)(
    'is kept while it is only idle and %s: nothing is lost yet',
    (walStatus) => {
      expect(actionsFor({ slot: seen({ active: false, walStatus, retainedBytes: 1 }) })).toEqual(
        [],
      );
    },
  );
});

const away = { ok: false, reason: 'ECONNREFUSED' } as const;

function seen<T>(value: T): { ok: true; value: T } {
  return { ok: true, value };
}

const present = { system: '1', timeline: 2, outbox: 3 };
const closed = (verdict: Verdict | null) =>
  seen({ kind: 'closed', present, accepted: { ...present, timeline: 1 }, verdict } as const);
const stopped: ConnectorFound = { ...running, state: 'STOPPED', tasks: [] };
const goesOn = { kind: 'continued', keepsSlot: true } as const;

describe('PostgreSQL in a history that nobody has accepted', () => {
  it.each(['RUNNING', 'PAUSED', 'FAILED'])('first stops a connector that is %s', (state) => {
    const connector = seen({ ...running, state });
    for (const verdict of [null, goesOn]) {
      expect(actionsFor({ history: closed(verdict), connector })).toEqual([
        { kind: 'stop-for-judgement' },
      ]);
    }
  });

  it('waits for the task of a stopped one to end, then judges, then accepts', () => {
    const ending = seen({ ...stopped, tasks: running.tasks });
    expect(actionsFor({ history: closed(null), connector: ending })).toEqual([]);
    const connector = seen(stopped);
    expect(actionsFor({ history: closed(null), connector })).toEqual([{ kind: 'judge-history' }]);
    expect(actionsFor({ history: closed(goesOn), connector })).toEqual([
      { kind: 'accept-history', history: present, keepsSlot: true, connector: 'resume' },
    ]);
  });

  it('leaves everything as it is once it is known to have lost something', () => {
    const history = closed({ kind: 'lost', why: 'Kafka has order:1@1' });
    expect(actionsFor({ history, connector: seen(stopped), slot: seen(null) })).toEqual([]);
  });

  it.each([
    ['PAUSED', 'pause'],
    ['STOPPED', null],
    ['FAILED', 'resume'],
  ])('leaves a connector as somebody wanted it: %s', (state, connector) => {
    const before = observation({ connector: seen({ ...running, state }) }, 0);
    const { memory } = decide(before, freshMemory, wanted);
    const away = { history: { ok: false, reason: 'it starts' } as const, connector: seen(stopped) };
    const meanwhile = decide(observation(away, 500), memory, wanted);
    const judged = observation({ history: closed(goesOn), connector: seen(stopped) }, 1_000);
    expect(decide(judged, meanwhile.memory, wanted).actions).toMatchObject([{ connector }]);
  });

  it('accepts where there is no connector: it is created then', () => {
    const judged = { history: closed(goesOn), connector: seen(null) };
    expect(actionsFor(judged)).toMatchObject([{ kind: 'accept-history', connector: null }]);
  });

  it('touches neither slot nor connector, and nothing on a standby', () => {
    const lost: Slot = { active: false, walStatus: 'lost', retainedBytes: null };
    const trouble = { slot: seen(lost), connector: seen(taskFailed) };
    expect(actionsFor({ ...trouble, history: closed(null) })).toEqual([
      { kind: 'stop-for-judgement' },
    ]);
    expect(actionsFor({ ...trouble, history: seen({ kind: 'standby' }) })).toEqual([]);
  });
});

describe('a connector that Strimzi manages', () => {
  const lost: Slot = { active: false, walStatus: 'lost', retainedBytes: null };
  const idle: Slot = { ...reserved, active: false };
  const watched = (parts: Partial<Observation>): Action[] => {
    const { memory } = decide(observation(parts, 0), freshMemory, { ...wanted, managedBy });
    // Long enough for all that waits.
    return decide(observation(parts, 120_000), memory, { ...wanted, managedBy }).actions;
  };
  const managedBy = 'strimzi';

  it.each<[string, Partial<Observation>]>([
    ['missing', { connector: seen(null), slot: seen(idle) }],
    ['different', { connector: seen({ ...running, config: { name: 'outbox-relay' } }) }],
    ['failed', { connector: seen(taskFailed) }],
    ['without a task', { connector: seen({ ...running, tasks: [] }) }],
    ['running when a history has to be judged', { history: closed(null) }],
  ])('is left alone, and so is its slot, while it is %s', (_, parts) => {
    expect(watched(parts)).toEqual([]);
  });

  it('has topics and slots seen to all the same', () => {
    const topics = seen({ missing: [orders], short: [], faults: [] });
    expect(watched({ topics, slot: seen(lost) })).toEqual([
      { kind: 'create-topics', topics: [orders] },
      { kind: 'drop-lost-slot' },
    ]);
    expect(watched({ isBesideSlot: true })).toEqual([{ kind: 'repeat-snapshot' }]);
  });

  it('is stopped by a person for a judgement, and resumed by a person after it', () => {
    const connector = seen(stopped);
    expect(watched({ connector, history: closed(null) })).toEqual([{ kind: 'judge-history' }]);
    expect(watched({ connector, history: closed(goesOn) })).toMatchObject([
      { kind: 'accept-history', connector: null },
    ]);
  });
});

function observation(parts: Partial<Observation>, at: number): Observation {
  return {
    at,
    topics: seen(allTopics),
    connector: seen(running),
    slot: seen(reserved),
    history: seen({ kind: 'accepted' }),
    standbys: seen({ keepSlot: true, waitedFor: [], away: [], isSynchronous: false }),
    failure: null,
    unsendable: [],
    isBesideSlot: false,
    watermark: { writtenAt: at, failure: null, arrivedAt: at },
    ...parts,
  };
}

function actionsFor(parts: Partial<Observation>) {
  return decide(observation(parts, 0), freshMemory, wanted).actions;
}

function kindsAt(at: number, parts: Partial<Observation>, memory: Memory): string[] {
  return decide(observation(parts, at), memory, wanted).actions.map(({ kind }) => kind);
}

/** The decisions that led to something while the same is seen again and again. */
function timeline(
  parts: Partial<Observation>,
  untilMs: number,
  stepMs: number,
): { at: number; kinds: string[] }[] {
  const decided = [];
  let memory = freshMemory;
  for (let at = 0; at <= untilMs; at += stepMs) {
    const decision = decide(observation(parts, at), memory, wanted);
    memory = decision.memory;
    const kinds = decision.actions.map(({ kind }) => kind);
    if (kinds.length > 0) decided.push({ at, kinds });
  }
  return decided;
}

/** What is remembered after a task has failed all the time. */
function failFor(ms: number): Memory {
  let memory = freshMemory;
  for (let at = 0; at < ms; at += 1_000) {
    memory = decide(observation({ connector: seen(taskFailed) }, at), memory, wanted).memory;
  }
  return memory;
}
