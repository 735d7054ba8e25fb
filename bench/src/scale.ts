import { freePorts } from 'local/ports';
import { query } from 'local/query';
import { until } from 'local/until';
import type { Benchmark } from './benchmark';
import { alternate, type Rounds, type Sample, type Side } from './measure/rounds';
import { median, ratios } from './measure/statistics';
import { usageOfTree } from './measure/usage';
import { eventsApplied } from './system/catch-up';
import type { RunningPart } from './system/running-part';
import type { System } from './system/system';
import { loadTopics, type LoadedTopics } from './workload/loaded-topics';
import { type Question, revenueOfCategory, salesOfProduct } from './workload/questions';

const sqlite = 'SQLite';
const memberCounts = [1, 2, 3] as const;
const deadlineMs = 600_000;

const inPostgres = (members: number): string =>
  `PostgreSQL, ${members} ${members === 1 ? 'member' : 'members'}`;

/** What is asked of the views when all is in them, one after another. */
const questions: Readonly<Record<string, Question>> = {
  'product-sales': salesOfProduct,
  'category-revenue': revenueOfCategory,
  'hourly-sales, a day': () =>
    '/api/analytics/hourly-sales?start=2026-01-05T00:00:00Z&end=2026-01-06T00:00:00Z',
  'top products, 25 hours': () =>
    '/api/analytics/top-products?start=2026-01-05T00:00:00Z&end=2026-01-06T01:00:00Z',
};
const askedOfEach = 40;

export const scale: Benchmark = {
  name: 'scale',
  title: '500,000 order events from Kafka into views in PostgreSQL that members share',
  comparedWith: 'the same views in SQLite, and one member',

  async run(bench) {
    const system = await bench.createSystem();
    await system.startKafka();
    const postgres = await system.startPostgres();
    const loaded = await loadTopics(system, bench.scaled(500_000, 1_000));
    const rounds = await alternate(
      [
        sqliteSide(system, loaded),
        ...memberCounts.map((members) => postgresSide(system, postgres, loaded, members)),
      ],
      bench.rounds,
      bench.say,
    );
    return { goals: goalsOf(rounds), figures: rounds.figures() };
  },
};

function goalsOf(rounds: Rounds) {
  const [one, three] = [inPostgres(1), inPostgres(3)];
  const perSecond = (side: string): number[] => rounds.of(side, 'events/s');
  const cpu = (side: string): number[] => rounds.of(side, 'CPU µs/event');
  return [
    {
      what: 'events/s of one member, of SQLite',
      unit: '×',
      rounds: ratios(perSecond(one), perSecond(sqlite)),
      must: { atLeast: 0.5 },
      aim: { atLeast: 0.8 },
    },
    {
      what: 'events/s of three members, of one',
      unit: '×',
      rounds: ratios(perSecond(three), perSecond(one)),
      must: { atLeast: 1 },
      aim: { atLeast: 1.5 },
    },
    {
      what: 'CPU per event of three members, of one',
      unit: '×',
      rounds: ratios(cpu(three), cpu(one)),
      must: { atMost: 1.2 },
      aim: { atMost: 1.05 },
    },
    {
      what: 'deadlocks',
      unit: '',
      rounds: memberCounts.flatMap((members) => rounds.of(inPostgres(members), 'deadlocks')),
      must: { atMost: 0 },
      aim: { atMost: 0 },
    },
  ];
}

const sqliteSide = (system: System, loaded: LoadedTopics): Side => ({
  name: sqlite,
  run: (round) =>
    fill(
      system,
      loaded,
      1,
      { REPLICA_ID: `scale-${round}`, QUERY_DATA_DIR: `${system.folder}/sqlite-${round}` },
      () => 0,
    ),
});

function postgresSide(
  system: System,
  postgres: RunningPart,
  loaded: LoadedTopics,
  members: number,
): Side {
  return {
    name: inPostgres(members),
    run: async (round) => {
      const { host, port, user, password } = system.database;
      const database = `views_${members}_${round}`;
      await query(system.database, `CREATE DATABASE ${database}`);
      const variables = {
        VIEW_STORE: 'postgres',
        VIEWS_DB_HOST: host,
        VIEWS_DB_PORT: String(port),
        VIEWS_DB_NAME: database,
        VIEWS_DB_USER: user,
        VIEWS_DB_PASSWORD: password,
        KAFKA_STREAMS_APP_ID: `scale-${members}-${round}`,
      };
      const sample = await fill(
        system,
        loaded,
        members,
        variables,
        () => usageOfTree(postgres.pid).cpuSeconds,
      );
      const [counted] = await query<{ deadlocks: string }>(
        system.database,
        'SELECT deadlocks FROM pg_stat_database WHERE datname = $1',
        [database],
      );
      await query(system.database, `DROP DATABASE ${database} WITH (FORCE)`);
      return {
        ...sample,
        figures: { ...sample.figures, deadlocks: Number(counted?.deadlocks ?? NaN) },
      };
    },
  };
}

/**
 * Starts members and waits until all events are in their views, then asks one of them.
 *
 * @param databaseSeconds of CPU, so far
 */
async function fill(
  system: System,
  { history, records }: LoadedTopics,
  members: number,
  variables: NodeJS.ProcessEnv,
  databaseSeconds: () => number,
): Promise<Sample> {
  const ports = await freePorts(2 * members);
  const started: { part: RunningPart; url: string; admin: string }[] = [];
  for (let i = 0; i < members; i++) {
    const [http, admin] = ports.slice(2 * i).map(String);
    const own = { ...variables, QUERY_SERVER_PORT: http, QUERY_ADMIN_PORT: admin };
    started.push({
      part: await system.startQueryService(own, { waitUntilReady: false }),
      url: `http://127.0.0.1:${http}`,
      admin: `http://127.0.0.1:${admin}`,
    });
  }
  const applied = async (): Promise<number> => {
    const counts = await Promise.all(started.map(({ admin }) => eventsApplied(admin)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const cpu = (): number => started.reduce((sum, { part }) => sum + part.usage().cpuSeconds, 0);
  const untilApplied = (count: number) =>
    until(
      async () => {
        const now = await applied();
        if (!(now >= count)) throw new Error(`${now} of ${count} events are applied`);
        return { at: performance.now(), applied: now, cpu: cpu(), database: databaseSeconds() };
      },
      deadlineMs,
      undefined,
      20,
    );

  // From the first ones on: what starting takes is not what is measured.
  const from = await untilApplied(1);
  const to = await untilApplied(records);
  const [first] = started;
  if (first === undefined) throw new Error('no member was started');
  await until(() => history.oracle.requireViews(first.url), deadlineMs);
  const reads = await askEach(first.url);
  for (const { part } of started) await part.stop();
  const count = to.applied - from.applied;
  const perEvent = (seconds: number): number => (seconds / count) * 1e6;
  return {
    figures: {
      'events/s': (count / (to.at - from.at)) * 1000,
      'CPU µs/event': perEvent(to.cpu - from.cpu + to.database - from.database),
      'of it the database': perEvent(to.database - from.database),
      ...reads,
    },
    totals: `${to.applied} events`,
  };
}

/** The median of each question's times, when nothing else is asked. */
async function askEach(url: string): Promise<Record<string, number>> {
  const medians: Record<string, number> = {};
  for (const [what, path] of Object.entries(questions)) {
    const times: number[] = [];
    for (let n = 0; n < askedOfEach; n++) {
      const from = performance.now();
      const answer = await fetch(url + path(n * 7));
      await answer.text();
      if (answer.status !== 200) throw new Error(`${path(n * 7)}: ${answer.status}`);
      times.push(performance.now() - from);
    }
    medians[`${what}, ms`] = median(times);
  }
  return medians;
}
