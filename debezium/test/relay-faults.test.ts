import fc from 'fast-check';
import { connectorManagers, nameCommandsFor, type RunBy, runBys } from 'contracts/commands';
import { hopNames } from 'contracts/pipeline';
import { reasonOf, standstillOf, waitingSentence } from 'contracts/pipeline-faults';
import { relayFaults, type RelaySeen } from '../src/relay-faults';

const here = { managedBy: 'relay-keeper', connectUrl: 'http://127.0.0.1:8083' } as const;
afterEach(() => nameCommandsFor('npm'));
const config = {};
const running = { config, state: 'RUNNING', tasks: [{ id: 0, state: 'RUNNING' }] };
const reserved = { active: true, walStatus: 'reserved', retainedBytes: 0 } as const;
const well: RelaySeen = {
  topics: { ok: true, value: { missing: [], short: [], faults: [] } },
  connector: { ok: true, value: running },
  failure: null,
  differences: [],
  history: { ok: true, value: { kind: 'accepted' } },
  awaited: [],
  slot: { ok: true, value: reserved },
  unsendable: [],
  unwritten: null,
  isUnarrived: false,
};
const away = { ok: false, reason: 'ECONNREFUSED' } as const;
const idle = { ok: true, value: { ...reserved, active: false } } as const;
const noon = '2026-02-27T12:00:00.000Z';
const inState = (state: string) => ({ ok: true as const, value: { config, state, tasks: [] } });

test('a relay that does its job has no fault, and nothing stands still', () => {
  expect(relayFaults(well, here)).toEqual([]);
  expect(standstillOf([], noon)).toBeNull();
});

function failedBy(trace: string): Partial<RelaySeen> {
  const tasks = [{ id: 0, state: 'FAILED', trace }];
  return { connector: { ok: true, value: { config, state: 'RUNNING', tasks } }, slot: idle };
}

/** What is seen, behind what events wait, and what ends that: here, and in containers. */
const standstills: [string, Partial<RelaySeen>, string, RegExp, RegExp][] = [
  [
    'a paused connector, whose slot nobody reads and that moves no watermark',
    { connector: inState('PAUSED'), slot: idle, isUnarrived: true },
    'the paused connector',
    /^resume it: curl -X PUT http:\/\/127\.0\.0\.1:8083\/connectors\/outbox-relay\/resume$/,
    /^resume it: curl -X PUT http:\/\/127\.0\.0\.1:8083\/connectors\//,
  ],
  [
    'a stopped connector',
    { connector: inState('STOPPED'), slot: idle },
    'the stopped connector',
    /^resume it: curl/,
    /^resume it: curl/,
  ],
  [
    'a failed task',
    failedBy('a broken pipe'),
    "the connector's failed task",
    /^the relay keeper restarts it by itself, which helps once the cause is gone$/,
    /^the relay keeper restarts it by itself, which helps once the cause is gone$/,
  ],
  [
    'a publication that the slot does not know',
    failedBy('org.postgresql.util.PSQLException: ERROR: publication "relay" does not exist'),
    "the connector's failed task",
    /^make the publication relay again: npm run relay-setup; .*: curl -X DELETE .*:8083\/connectors\/outbox-relay$/,
    /: docker compose run --rm relay-setup outbox relay-setup; .*: curl -X DELETE .*:8083\S+$/,
  ],
  [
    'a publication that is missing when the connector starts',
    { failure: 'Publication autocreation is disabled, please create one and restart it.' },
    "the connector's failed task",
    /^make the publication relay again: npm run relay-setup; .* curl -X DELETE/,
    /^make the publication relay again: docker compose run/,
  ],
  [
    'a role that may not log in',
    failedBy('FATAL: role "relay" is not permitted to log in'),
    "the connector's failed task",
    /^give the role its login, password and rights back: npm run relay-setup; then the relay keeper/,
    /: docker compose run --rm relay-setup outbox relay-setup; then the relay keeper/,
  ],
  [
    'a topic that may not be written, while the task is started again',
    {
      failure:
        'org.apache.kafka.common.errors.TopicAuthorizationException: Not authorized to access topics: [a, b]',
    },
    "the connector's failed task",
    /\(kafka-acls\.sh .* --operation Write --topic a --topic b\).*the relay keeper restarts it by itself$/,
    /\(docker compose exec kafka \S+\/kafka-acls\.sh .* --topic a --topic b\)/,
  ],
  [
    'no connector',
    { connector: { ok: true, value: null } },
    'a connector that is not there',
    /^the relay keeper creates it by itself$/,
    /keeper/,
  ],
  [
    'a connector without a task',
    { connector: inState('RUNNING'), slot: idle },
    'a connector without a task',
    /^the relay keeper restarts it by itself$/,
    /keeper/,
  ],
  [
    'Connect away',
    { connector: away, slot: idle, isUnarrived: true },
    'Kafka Connect, which does not answer',
    /^npm start restarts it, and \.local\/logs\/connect\.log/,
    /^docker compose up -d connect$/,
  ],
  [
    'Kafka away, and Connect with it',
    { topics: away, connector: away, slot: idle, isUnarrived: true },
    'Kafka, which does not answer',
    /^npm start restarts it, and \.local\/logs\/kafka\.log/,
    /^docker compose up -d kafka$/,
  ],
  [
    'PostgreSQL away',
    { slot: away, unwritten: 'ECONNREFUSED', isUnarrived: true },
    'PostgreSQL, which does not answer',
    /^npm start restarts it, and \.local\/logs\/postgres\.log/,
    /^docker compose up -d db$/,
  ],
  ...(
    [
      [
        '28000',
        'role "relay" is not permitted to log in',
        'refuses the login',
        /LOGIN .*relay-setup/,
      ],
      [
        '28P01',
        'password authentication failed',
        'refuses the login',
        /password back: .*relay-setup/,
      ],
      [
        '28000',
        'no pg_hba.conf entry for host',
        'refuses the login',
        /^let it in by pg_hba\.conf$/,
      ],
      ['42501', 'permission denied', 'refuses it', /rights back: .*relay-setup/],
      ['53300', 'too many clients', 'takes no more connections', /max_connections/],
      ['57P03', 'the database system is starting up', 'takes no connections yet', /by itself once/],
    ] as const
  ).map(([code, reason, does, cure]): (typeof standstills)[number] => [
    `PostgreSQL that answers ${code}: ${reason}`,
    { slot: { ok: false, reason, code }, unwritten: reason },
    `PostgreSQL, which ${does}`,
    cure,
    cure,
  ]),
  [
    'a lost slot',
    {
      slot: { ok: true, value: { active: false, walStatus: 'lost', retainedBytes: null } },
      isUnarrived: true,
    },
    'the lost slot',
    /^the relay keeper drops it by itself$/,
    /keeper/,
  ],
  [
    'an event that cannot be sent, and the task that fails by it',
    {
      unsendable: ['event x of order:1 cannot be sent: skip it'],
      connector: {
        ok: true,
        value: { ...running, tasks: [{ id: 0, state: 'FAILED', trace: 'too large' }] },
      },
    },
    'an event that cannot be sent',
    /^null$/,
    /^null$/,
  ],
  [
    'a slot that nobody reads, of a connector that says RUNNING',
    { slot: idle },
    'a slot that nobody reads',
    /restart the connector: curl -X POST .* '\S+\/restart\?includeTasks=true'$/,
    /restart the connector: curl -X POST .* '\S+\/restart\?includeTasks=true'$/,
  ],
  [
    'a relay that says RUNNING and moves nothing',
    { isUnarrived: true },
    'a relay that moves nothing',
    /restart the connector: curl/,
    /restart the connector: curl/,
  ],
];

test.each(standstills)('%s: events wait behind its cause', (_, seen, behind, cure, contained) => {
  const told = standstillOf(relayFaults({ ...well, ...seen }, here), noon);
  expect(told).toMatchObject({ behind, since: noon });
  expect(String(told?.cure)).toMatch(cure);
  nameCommandsFor('compose');
  const inThem = standstillOf(relayFaults({ ...well, ...seen }, here), noon);
  expect(String(inThem?.cure)).toMatch(contained);
});

const watched = { ...here, managedBy: 'strimzi' } as const;
const patch = 'kubectl patch kafkaconnector outbox-relay --type merge -p';

test.each<[string, Partial<RelaySeen>, string]>([
  [
    'no connector',
    { connector: { ok: true, value: null } },
    'Connect has no connector outbox-relay; apply the KafkaConnector: kubectl apply -k kubernetes',
  ],
  [
    'another configuration',
    { differences: ['poll.interval.ms', 'slot.name'] },
    "the connector's configuration is not that of outbox-relay.json: poll.interval.ms, slot.name; " +
      'apply the KafkaConnector: kubectl apply -k kubernetes',
  ],
  [
    'a failed task',
    failedBy('a broken pipe'),
    'task 0 is FAILED: a broken pipe; Strimzi restarts it by itself, later each time (at once: ' +
      'kubectl annotate kafkaconnector outbox-relay strimzi.io/restart=includeTasks), which helps once the cause is gone',
  ],
  [
    'a connector without a task',
    { connector: inState('RUNNING') },
    'the connector has no task; if it stays so, restart the connector: ' +
      'kubectl annotate kafkaconnector outbox-relay strimzi.io/restart=includeTasks',
  ],
  [
    'a stopped connector',
    { connector: inState('STOPPED') },
    `the connector is STOPPED; resume it: ${patch} '{"spec":{"state":"running"}}'`,
  ],
])(
  'where Strimzi manages the connector, %s is told with what Strimzi is to do',
  (_, seen, says) => {
    expect(relayFaults({ ...well, ...seen }, watched).map(reasonOf)[0]).toBe(says);
  },
);

test('where Strimzi manages the connector, a person stops it so that a history can be judged', () => {
  const present = { system: '1', timeline: 2, outbox: 3 };
  const value = { kind: 'closed', present, accepted: null, verdict: null } as const;
  const closed = { ...well, history: { ok: true, value } } as const;
  expect(relayFaults(closed, watched)).toMatchObject([
    {
      cure: `stop the connector: ${patch} '{"spec":{"state":"stopped"}}'; then the relay keeper judges whether it has all that Kafka has by itself`,
    },
  ]);
  expect(relayFaults({ ...closed, connector: inState('STOPPED') }, watched)).toMatchObject([
    { cure: 'the relay keeper judges whether it has all that Kafka has by itself' },
  ]);
});

test('a standby at the address is told as that, and not as a slot that is missing', () => {
  const history = { ok: true, value: { kind: 'standby' } } as const;
  const faults = relayFaults({ ...well, history, slot: { ok: true, value: null } }, here);
  expect(faults.map(reasonOf)).toEqual([
    'PostgreSQL is a standby: it takes no writes; the primary has to answer at its address',
  ]);
});

test('a history that cannot be asked for is told, and holds up nothing', () => {
  const history = { ok: false, reason: 'permission denied for table accepted_history' } as const;
  const faults = relayFaults({ ...well, history }, here);
  expect(faults.map(reasonOf)).toEqual([
    'nobody can tell in which history PostgreSQL runs: permission denied for table accepted_history; npm run relay-setup',
  ]);
  expect(standstillOf(faults, noon)).toBeNull();
  const away = { ok: false, reason: 'connection refused' } as const;
  expect(relayFaults({ ...well, history: away, slot: away }, here)).toHaveLength(2);
});

test('a history that nobody has accepted is told with what is done about it, and not the connector that is stopped for it', () => {
  const present = { system: '1', timeline: 2, outbox: 3 };
  const reasons = (verdict: null | { kind: 'lost'; why: string }) => {
    const value = {
      kind: 'closed',
      present,
      accepted: { ...present, timeline: 1 },
      verdict,
    } as const;
    const faults = relayFaults(
      {
        ...well,
        history: { ok: true, value },
        connector: inState('STOPPED'),
        slot: idle,
        isUnarrived: true,
      },
      here,
    );
    return faults.map(reasonOf);
  };
  const change =
    'PostgreSQL was promoted, or recovered to a point in time: it is on timeline 2, not 1; commands are refused';
  expect(reasons(null)).toEqual([
    `${change}; the relay keeper judges whether it has all that Kafka has by itself`,
  ]);
  expect(reasons({ kind: 'lost', why: 'Kafka has order:1@1, which PostgreSQL has not' })).toEqual([
    `${change}, for it has lost what Kafka has: Kafka has order:1@1, which PostgreSQL has not; ` +
      'either have the server answer that has it all, or see what is lost (npm run reconcile) and begin anew: ' +
      'npm run new-history -- --reason "why"',
  ]);
});

test('a standby for which the relay waits is named', () => {
  const faults = relayFaults({ ...well, awaited: ['standby_1'], isUnarrived: true }, here);
  expect(standstillOf(faults, noon)).toMatchObject({
    behind: 'a standby that does not stream',
    cause: 'the relay waits for the standby of the slot standby_1, which does not stream',
  });
});

test('whatever is seen: no advice names reemit, and one cause is told, not what follows from it', () => {
  const seen = <T>(value: fc.Arbitrary<T>) =>
    fc.oneof(
      fc.constant(away),
      value.map((it) => ({ ok: true, value: it }) as const),
    );
  const part = { state: fc.constantFrom('RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'UNASSIGNED') };
  const tasks = fc.array(fc.record({ id: fc.nat(3), ...part }), { maxLength: 2 });
  const anything: fc.Arbitrary<RelaySeen> = fc.record({
    topics: seen(
      fc.record({
        missing: fc.constant([]),
        short: fc.constant([]),
        faults: fc.array(fc.constant('x')),
      }),
    ),
    connector: seen(
      fc.oneof(fc.constant(null), fc.record({ config: fc.constant(config), ...part, tasks })),
    ),
    failure: fc.constant(null),
    differences: fc.constantFrom([], ['slot.name']),
    unsendable: fc.constant([]),
    history: seen(
      fc.oneof(
        fc.record({ kind: fc.constantFrom('standby' as const, 'accepted' as const) }),
        fc.record({
          kind: fc.constant('closed' as const),
          present: fc.constant({ system: '1', timeline: 2, outbox: 3 }),
          accepted: fc.constantFrom(null, { system: '1', timeline: 1, outbox: 3 }),
          verdict: fc.constantFrom(
            null,
            { kind: 'continued' as const, keepsSlot: true },
            { kind: 'lost' as const, why: 'Kafka has order:1@1' },
          ),
        }),
      ),
    ),
    awaited: fc.constantFrom([], ['standby_1']),
    slot: seen(
      fc.oneof(
        fc.constant(null),
        fc.record({
          active: fc.boolean(),
          walStatus: fc.constantFrom('reserved' as const, 'lost' as const),
          retainedBytes: fc.constant(null),
        }),
      ),
    ),
    unwritten: fc.constantFrom(null, 'read-only'),
    isUnarrived: fc.boolean(),
  });
  const anyRunBy = fc.constantFrom<RunBy>(...runBys);
  const anyManager = fc.constantFrom(...connectorManagers);
  fc.assert(
    fc.property(anything, anyRunBy, anyManager, (what, runBy, managedBy) => {
      nameCommandsFor(runBy);
      const faults = relayFaults(what, { ...here, managedBy });
      expect(JSON.stringify(faults)).not.toMatch(/reemit/);
      const moves =
        (!what.history.ok || what.history.value.kind === 'accepted') &&
        what.awaited.length === 0 &&
        what.topics.ok &&
        what.connector.ok &&
        what.connector.value?.state === 'RUNNING' &&
        what.connector.value.tasks.length > 0 &&
        what.connector.value.tasks.every(({ state }) => state === 'RUNNING') &&
        what.slot.ok &&
        what.slot.value?.active === true &&
        what.slot.value.walStatus !== 'lost' &&
        (what.unwritten !== null || !what.isUnarrived);
      const standstill = standstillOf(faults, noon);
      expect(standstill === null).toBe(moves);
      if (standstill === null) return;
      expect(hopNames).toContain(standstill.hop);
      // Commands are of the place where they are read.
      const others = {
        npm: /docker compose|kubectl (exec|get)/,
        compose: /npm |\.local|kubectl (exec|get)/,
        kubernetes: /npm |\.local|docker compose/,
      };
      expect(standstill.cure ?? '').not.toMatch(others[runBy]);
      // Where Strimzi manages the connector, nobody is told to change it at Connect, or that the keeper will.
      const connector = {
        'relay-keeper': /kafkaconnector|Strimzi/,
        strimzi: /curl|keeper (creates|restarts)/,
      };
      expect(JSON.stringify(faults)).not.toMatch(connector[managedBy]);
    }),
  );
});

test('a watermark that is not written says why, and nobody is told to restart the relay for it', () => {
  const unwritten = 'cannot execute INSERT in a read-only transaction';
  const faults = relayFaults({ ...well, unwritten, isUnarrived: true }, here);
  expect(faults).toMatchObject([
    { hop: 'outbox', cause: `no watermark is being written: ${unwritten}`, cure: null },
    { hop: 'connector', cause: 'no watermark arrives on its topic', cure: null },
  ]);
  expect(standstillOf(faults, noon)).toBeNull();
});

test('what others wrote cannot write to the terminal that a sentence is read in', () => {
  const faults = relayFaults({ ...well, unsendable: ['event x of order\n\x1b[2J'] }, here);
  const escaped = 'event x of order\\u000a\\u001b[2J';
  expect(faults.map(reasonOf)).toEqual([escaped]);
  expect(standstillOf(faults, noon)?.cause).toBe(escaped);
});

test('the sentence says how many, behind what, since when, and what ends it', () => {
  const faults = relayFaults({ ...well, connector: inState('STOPPED') }, here);
  expect(waitingSentence(5, standstillOf(faults, noon))).toBe(
    '5 events wait behind the stopped connector since 2026-02-27T12:00:00Z; ' +
      'resume it: curl -X PUT http://127.0.0.1:8083/connectors/outbox-relay/resume',
  );
  expect(waitingSentence(1, null)).toBe('1 event waits on the way');
});
