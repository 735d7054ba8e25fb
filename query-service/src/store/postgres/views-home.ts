import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient, type Login } from 'service-kit/postgres';
import { sqlOn, type Sql } from 'service-kit/sql';
import type { TopicAggregates } from '../../model/aggregates';
import type { PartitionProgress } from '../../model/partition';
import { StorageFault } from '../storage-fault';
import { ViewsWatch } from '../views-watch';
import type { ViewStore } from '../view-store';
import type { FrozenViews, Kept, RebuildPlan, ViewsHome } from '../views-home';
import { candidateChecks } from './checks';
import { Database } from './database';
import { PostgresViewStore } from './postgres-view-store';
import { SharedVerification } from './verification';

/** The schema that says which of the others serves. */
const homeSchema = 'views_home';

/** Every query service on this database asks for this advisory lock, and whoever has it makes and drops schemas. */
const claimKey = 4_706_211_847;

/** How long another member's answers go by what this one has changed before: a pointer, a doubt. */
const lookEveryMs = 250;

/** How often a member asks whether it may go on with a rebuild whose member has perhaps died. */
const takeOverEveryMs = 2_000;

/** Others wait this long at most while views are put in the place of those that serve. */
const mostStandstillMs = 5_000;

const creation = `
  CREATE SCHEMA IF NOT EXISTS ${homeSchema};
  -- current: the schema that serves; previous: the one that served before, kept for a rollback.
  CREATE TABLE IF NOT EXISTS ${homeSchema}.pointer (name text PRIMARY KEY, schema text NOT NULL);
  -- The rebuild under way, and who runs it.
  CREATE TABLE IF NOT EXISTS ${homeSchema}.plan (
    id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1), plan json NOT NULL
  );
  -- Why the views may lack events.
  CREATE TABLE IF NOT EXISTS ${homeSchema}.doubt (
    id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1), since text NOT NULL, because text NOT NULL
  );`;

/**
 * A database with sets of views, each in a schema. Which of them serves stands in a table, so that one that was filled anew takes
 * its place by one commit, for all members that share it.
 */
export class PostgresViewsHome implements ViewsHome {
  readonly verify;
  readonly keepsFiles = false;
  private readonly sql: Sql;
  private kept: string | null = null;
  /** The connection with the lock of whoever makes and drops schemas; null: this process has it not. */
  private claimed: ReturnType<typeof createClient> | null = null;
  /** The transaction in which others stand still; null: they do not. */
  private standstill: Sql | null = null;
  private readonly released = new AbortController();
  private following: Promise<void> = Promise.resolve();

  private constructor(
    private readonly login: Login,
    private readonly topics: TopicAggregates,
    private readonly database: Database,
    readonly verification: SharedVerification,
  ) {
    this.sql = database.sql;
    this.verify = candidateChecks(login);
  }

  /** Opens the database, and makes what says which schema serves when that is not there. */
  static async open(login: Login, topics: TopicAggregates): Promise<PostgresViewsHome> {
    const database = new Database({ login, schema: homeSchema });
    try {
      await database.transaction(async (sql) => {
        // Several members may start first: one creates the tables while the others wait.
        await lockHome(sql);
        await sql({ name: '', text: creation });
      });
      const home = new PostgresViewsHome(
        ...([login, topics, database] as const),
        await SharedVerification.read(database),
      );
      home.kept = await home.read('previous');
      return home;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  open(schema: string, { views, version }: Kept): Promise<ViewStore> {
    return this.openStore(schema, { views, version });
  }

  openFrozen(schema: string): Promise<FrozenViews> {
    return this.openStore(schema, { views: [], version: 0 });
  }

  async create(schema: string, kept: Kept): Promise<ViewStore> {
    const { topics } = this;
    await PostgresViewStore.create({ login: this.login, schema }, { ...kept, topics });
    return this.openStore(schema, kept);
  }

  watch(schema: string, onFault: (fault: StorageFault) => void): ViewsWatch {
    // A database that does not answer says nothing about its schemas.
    const look = async () =>
      (await this.exists(schema).catch(() => true)) ? null : 'was dropped while it was open';
    return new ViewsWatch(schema, () => Promise.resolve(look), onFault);
  }

  async isUsable(schema: string, version: number): Promise<boolean> {
    try {
      return (await this.versionOf(schema)) === version;
    } catch (error) {
      if (error instanceof StorageFault) return false;
      throw error;
    }
  }

  async current(): Promise<{ file: string; version: number } | null> {
    const file = await this.read('current');
    return file === null ? null : { file, version: await this.versionOf(file) };
  }

  serves(): Promise<string | null> {
    return this.read('current');
  }

  previous(): string | null {
    return this.kept;
  }

  newName(): string {
    const time = new Date().toISOString().replace(/\D/g, '');
    return `views_${time}_${randomBytes(2).toString('hex')}`;
  }

  pointTo(schema: string): Promise<void> {
    return this.write('current', schema);
  }

  /** Nobody but members writes here. */
  async keepReplaced(): Promise<void> {
    return Promise.resolve();
  }

  async keep(schema: string): Promise<void> {
    await this.write('previous', schema);
    this.kept = schema;
  }

  async plan(): Promise<RebuildPlan | null> {
    const [row] = await this.sql<{ plan: RebuildPlan }>({
      name: 'read-plan',
      text: 'SELECT plan FROM plan',
    });
    return row?.plan ?? null;
  }

  async record(plan: RebuildPlan): Promise<void> {
    await this.sql({
      name: 'record-plan',
      text: 'INSERT INTO plan (plan) VALUES ($1) ON CONFLICT (id) DO UPDATE SET plan = excluded.plan',
      values: [JSON.stringify(plan)],
    });
    // It may have served before.
    await this.sql({ name: '', text: `UPDATE ${plan.candidate}.origin SET is_retired = false` });
  }

  async forgetPlan(): Promise<void> {
    await this.sql({ name: 'forget-plan', text: 'DELETE FROM plan' });
  }

  async tidy(): Promise<string[]> {
    const left = await this.sql<{ name: string }>({
      name: 'find-left-schemas',
      text: `SELECT nspname AS name FROM pg_namespace
             WHERE nspname ~ '^views_[0-9]' AND nspname NOT IN (
               SELECT schema FROM pointer UNION ALL SELECT plan ->> 'candidate' FROM plan)`,
    });
    const deleted: string[] = [];
    for (const { name } of left) {
      // Somebody may still read it, a snapshot for hours: the next one to tidy tries again.
      const isGone = await this.database
        .transaction((sql) => sql({ name: '', text: `DROP SCHEMA ${name} CASCADE` }))
        .then(() => true, isLockTimeout);
      if (isGone) deleted.push(name);
    }
    return deleted;
  }

  pathOf(name: string): string {
    return name;
  }

  async claim(): Promise<boolean> {
    if (this.claimed !== null) return true;
    const client = createClient(this.login, {
      applicationName: 'query-service claim',
      connectTimeoutMs: 10_000,
    });
    await client.connect();
    const [lock] = await sqlOn(client)<{ isOurs: boolean }>({
      name: 'claim-views',
      text: 'SELECT pg_try_advisory_lock($1) AS "isOurs"',
      values: [claimKey],
    });
    if (lock?.isOurs !== true) {
      await client.end();
      return false;
    }
    // The lock goes with its connection. What is done without it is guarded all the same: by `seq`, and by the plan.
    client.once('end', () => {
      if (this.claimed === client) this.claimed = null;
    });
    this.claimed = client;
    return true;
  }

  async unclaim(): Promise<void> {
    const { claimed } = this;
    this.claimed = null;
    await claimed?.end();
  }

  async standStill(
    serving: string | null,
    work: (progress: readonly PartitionProgress[] | null) => Promise<boolean>,
  ): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      await sql({
        name: 'wait-in-standstill',
        text: `SET LOCAL idle_in_transaction_session_timeout = ${mostStandstillMs}`,
      });
      await lockHome(sql);
      // Another member may have put other views in their place.
      if (serving !== null && (await readPointer(sql, 'current')) !== serving) return false;
      const progress = serving === null ? null : await holdUp(sql, serving);
      this.standstill = sql;
      try {
        if (!(await work(progress))) return false;
      } finally {
        this.standstill = null;
      }
      if (serving !== null) {
        await sql({ name: '', text: `UPDATE ${serving}.origin SET is_retired = true` });
      }
      return true;
    });
  }

  follow(onMoved: () => Promise<void>): void {
    this.following = this.lookOften(onMoved);
  }

  async release(): Promise<void> {
    this.released.abort();
    await this.following;
    await this.unclaim();
    await this.database.close();
  }

  /** Looks at what other members have put in place, until this home is released. */
  private async lookOften(onMoved: () => Promise<void>): Promise<void> {
    const { signal } = this.released;
    let before: string | undefined;
    let toldAt = 0;
    while (!signal.aborted) {
      await wait(lookEveryMs, undefined, { signal }).catch(() => null);
      if (signal.aborted) return;
      try {
        const { current, previous, plan } = await this.look();
        const seen = JSON.stringify([current, plan]);
        this.kept = previous;
        await this.verification.look();
        const isLeft = plan !== null && this.claimed === null;
        const isDue = isLeft && performance.now() - toldAt > takeOverEveryMs;
        if (before === seen && !isDue) continue;
        toldAt = performance.now();
        await onMoved();
        before = seen;
      } catch {
        // A database that is away comes back: until then nothing can be read, which readiness tells.
      }
    }
  }

  /** The pointers and the plan, by one statement, and so of one instant. */
  private async look() {
    const [seen] = await this.sql<Record<Pointer, string | null> & { plan: RebuildPlan | null }>({
      name: 'look-at-home',
      text: `SELECT (SELECT schema FROM pointer WHERE name = 'current') AS current,
                    (SELECT schema FROM pointer WHERE name = 'previous') AS previous,
                    (SELECT plan FROM plan) AS plan`,
    });
    if (seen === undefined) throw new Error('a SELECT without FROM has one row');
    return seen;
  }

  private openStore(schema: string, kept: Kept): Promise<PostgresViewStore> {
    return PostgresViewStore.open({ login: this.login, schema }, { ...kept, topics: this.topics });
  }

  private async exists(schema: string): Promise<boolean> {
    const [found] = await this.sql({
      name: 'find-schema',
      text: 'SELECT WHERE to_regclass($1) IS NOT NULL',
      values: [`${schema}.origin`],
    });
    return found !== undefined;
  }

  /** The projection version of a schema. @throws {StorageFault} when it is missing */
  private async versionOf(schema: string): Promise<number> {
    if (!(await this.exists(schema))) throw new StorageFault(schema, 'is missing');
    const [row] = await this.sql<{ projection: number }>({
      name: '',
      text: `SELECT projection FROM ${schema}.origin`,
    });
    if (row === undefined) throw new StorageFault(schema, 'is empty');
    return row.projection;
  }

  private read(pointer: Pointer): Promise<string | null> {
    return readPointer(this.sql, pointer);
  }

  private async write(pointer: Pointer, schema: string): Promise<void> {
    await (this.standstill ?? this.sql)({
      name: 'write-pointer',
      text: `INSERT INTO pointer VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET schema = excluded.schema`,
      values: [pointer, schema],
    });
  }
}

type Pointer = 'current' | 'previous';

async function readPointer(sql: Sql, pointer: Pointer): Promise<string | null> {
  const [row] = await sql<{ schema: string }>({
    name: 'read-pointer',
    text: 'SELECT schema FROM pointer WHERE name = $1',
    values: [pointer],
  });
  return row?.schema ?? null;
}

/** Lets nobody write into a schema until the end of the transaction. @returns where it stands */
async function holdUp(sql: Sql, schema: string): Promise<PartitionProgress[]> {
  await sql({ name: '', text: `LOCK TABLE ${schema}.progress IN EXCLUSIVE MODE` });
  return sql<PartitionProgress>({
    name: '',
    text: `SELECT topic, partition, record_offset AS "offset", event_id AS "eventId", seq
           FROM ${schema}.progress WHERE record_offset IS NOT NULL`,
  });
}

/** One member at a time decides what is where; until the end of the transaction. */
async function lockHome(sql: Sql): Promise<void> {
  await sql({
    name: 'lock-home',
    text: 'SELECT pg_advisory_xact_lock($1)',
    values: [claimKey + 1],
  });
}

function isLockTimeout(error: unknown): false {
  if ((error as { code?: unknown }).code === '55P03') return false;
  throw error;
}
