import { randomBytes } from 'node:crypto';
import { query } from 'local/query';
import {
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../../local/test/support/temporary';
import type { Login } from 'service-kit/postgres';

/** A PostgreSQL in which a test file keeps views. */
export type ViewsServer = Pick<
  TemporaryPostgres,
  'host' | 'port' | 'database' | 'user' | 'password' | 'restart' | 'stop'
> & {
  /** Makes another database there. */
  createDatabase(name: string): Promise<void>;
  dropDatabase(name: string): Promise<void>;
};

const given = process.env.TEST_VIEWS_DATABASE_URL ?? '';

/** Whether the server is somebody's, who alone may stop it. */
export const isGivenServer = given !== '';

/** One of its own, or a database of its own on the server at TEST_VIEWS_DATABASE_URL, of whose workers Citus knows. */
export async function startViewsServer(): Promise<ViewsServer> {
  if (!isGivenServer) {
    const server = await startTemporaryPostgres();
    return {
      ...server,
      createDatabase: async (name) => void (await query(server, `CREATE DATABASE ${name}`)),
      dropDatabase: async (name) =>
        void (await query(server, `DROP DATABASE ${name} WITH (FORCE)`)),
    };
  }
  const url = new URL(given);
  const login = {
    host: url.hostname,
    port: Number(url.port || 5432),
    database: url.pathname.slice(1),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const database = `test_${randomBytes(4).toString('hex')}`;
  await createWithCitus(login, database);
  return {
    ...{ ...login, database },
    createDatabase: (name) => createWithCitus(login, name),
    dropDatabase: (name) => dropWithCitus(login, name),
    restart: () => Promise.reject(new Error('the server of TEST_VIEWS_DATABASE_URL is not ours')),
    stop: () => dropWithCitus(login, database),
  };
}

/** Citus knows its nodes by database. */
async function createWithCitus(login: Login, database: string): Promise<void> {
  const nodes = await nodesOf(login);
  for (const at of [login, ...nodes.filter(({ isWorker }) => isWorker)]) {
    await query({ ...login, host: at.host, port: at.port }, `CREATE DATABASE ${database}`);
    if (nodes.length > 0) {
      const there = { ...login, host: at.host, port: at.port, database };
      await query(there, 'CREATE EXTENSION citus');
    }
  }
  for (const { host, port, isWorker } of nodes) {
    const add = isWorker ? 'citus_add_node' : 'citus_set_coordinator_host';
    await query({ ...login, database }, `SELECT ${add}($1, $2)`, [host, port]);
  }
}

async function dropWithCitus(login: Login, database: string): Promise<void> {
  const workers = (await nodesOf(login)).filter(({ isWorker }) => isWorker);
  for (const { host, port } of [login, ...workers]) {
    await query({ ...login, host, port }, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  }
}

interface Node {
  readonly host: string;
  readonly port: number;
  readonly isWorker: boolean;
}

async function nodesOf(login: Login): Promise<Node[]> {
  const citus = await query(login, `SELECT FROM pg_extension WHERE extname = 'citus'`);
  if (citus.length === 0) return [];
  return query<Node>(
    login,
    `SELECT nodename AS host, nodeport AS port, groupid > 0 AS "isWorker" FROM pg_dist_node ORDER BY groupid`,
  );
}
