import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { query } from 'local/query';
import type { Login } from 'service-kit/postgres';
import { defaultAggregates } from '../../src/model/aggregates';
import { PostgresViewsHome } from '../../src/store/postgres/views-home';
import { Connection } from '../../src/store/sqlite/connection';
import { DataFolder } from '../../src/store/sqlite/data-folder';
import type { ViewsHome } from '../../src/store/views-home';
import { startViewsServer, type ViewsServer } from './views-database';

/** Where the services of a test file keep their views, each in the home of its folder. */
export interface Homes {
  open(folder: string): Promise<ViewsHome>;
  /** What serves, as `GET /consumption` names it. */
  serving(folder: string): Promise<string>;
  /** The names of all sets of views that are there. */
  files(folder: string): Promise<string[]>;
  /**
   * Changes views behind the service's back, as only a defect can: statements on the tables that views declare.
   *
   * @param file as `serving` names it
   */
  change(folder: string, file: string, statements: string): Promise<void>;
  /** Says of views that they are of another projection version. */
  markVersion(folder: string, file: string, version: number): Promise<void>;
  /** Takes a set of views away. */
  remove(folder: string, file: string): Promise<void>;
  forget(folder: string): Promise<void>;
}

const inFolders: Homes = {
  open: (folder) => DataFolder.claim(folder),
  serving: async (folder) => join(folder, (await readFile(join(folder, 'current'), 'utf8')).trim()),
  files: async (folder) =>
    (await readdir(folder)).filter((name) => /^views-.*\.sqlite$/.test(name)).sort(),
  markVersion: (folder, file, version) =>
    inFolders.change(folder, file, `PRAGMA user_version = ${version}`),
  remove: (folder, file) => rm(join(folder, basename(file))),
  change: async (folder, file, statements) => {
    const database = await Connection.openExisting(join(folder, basename(file)));
    await database.script(statements);
    await database.close();
  },
  forget: (folder) => rm(folder, { recursive: true }),
};

let present = inFolders;
export const homes = (): Homes => present;

/** Lets the services of this test file keep their views there. @param others null: in folders again */
export function keepHomesIn(others: Homes | null): void {
  present = others ?? inFolders;
}

/** Lets the services of this test file keep their views in a PostgreSQL of its own, each folder's in a database there. */
export function keepHomesInPostgres(): void {
  let server: ViewsServer | undefined;
  beforeAll(async () => {
    server = await startViewsServer();
    keepHomesIn(homesIn(server));
  });
  afterAll(async () => {
    keepHomesIn(null);
    await server?.stop();
  });
}

/** What its databases hold, one for each folder. */
export function homesIn(server: ViewsServer): Homes & { loginOf(folder: string): Login } {
  const { host, port, database, user, password } = server;
  const owner = { host, port, database, user, password };
  const databaseOf = (folder: string): string => basename(folder).replace(/\W/g, '_').toLowerCase();
  const loginOf = (folder: string): Login => ({ ...owner, database: databaseOf(folder) });
  const known = new Set<string>();
  return {
    loginOf,
    open: async (folder) => {
      if (!known.has(folder)) await server.createDatabase(databaseOf(folder));
      known.add(folder);
      return PostgresViewsHome.open(loginOf(folder), defaultAggregates);
    },
    serving: async (folder) => {
      const [row] = await query<{ schema: string }>(
        loginOf(folder),
        `SELECT schema FROM views_home.pointer WHERE name = 'current'`,
      );
      return row?.schema ?? '';
    },
    files: async (folder) => {
      const rows = await query<{ name: string }>(
        loginOf(folder),
        `SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^views_[0-9]' ORDER BY 1`,
      );
      return rows.map(({ name }) => name);
    },
    change: async (folder, file, statements) => {
      const tables = await query<{ name: string }>(
        loginOf(folder),
        'SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace',
        [file],
      );
      const bySource = statements.replace(
        /\b(UPDATE|INSERT INTO|DELETE FROM) (\w+)/g,
        (_, verb: string, table: string) =>
          `${verb} ${file}.${table}${tables.some(({ name }) => name === `${table}_by_source`) ? '_by_source' : ''}`,
      );
      // A row that no event has made is of the first partition.
      const defaults = [...bySource.matchAll(/INSERT INTO (\S+_by_source)/g)].map(
        ([, table]) => `ALTER TABLE ${table} ALTER source SET DEFAULT 0;`,
      );
      await query(loginOf(folder), defaults.join('') + bySource);
    },
    markVersion: async (folder, file, version) => {
      await query(loginOf(folder), `UPDATE ${file}.origin SET projection = ${version}`);
    },
    remove: async (folder, file) => {
      await query(loginOf(folder), `DROP SCHEMA ${file} CASCADE`);
    },
    forget: async (folder) => {
      known.delete(folder);
      await server.dropDatabase(databaseOf(folder));
      await rm(folder, { recursive: true });
    },
  };
}
