import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KafkaConnection } from 'kafka-client/connection';
import { createClient, type PostgresTls } from 'service-kit/postgres';
import { ensureJars } from '../../src/jars';
import { java } from '../../src/java';
import { javaClientProperties, propertiesFile } from '../../src/java-client';
import { connectPart } from '../../src/parts/connect';
import { brokerIsReady, prepareKafka } from '../../src/parts/kafka';
import { adminOf } from '../../src/parts/kafka-security';
import { ensureDatabase, preparePostgres } from '../../src/parts/postgres';
import { checkout } from '../../src/paths';
import { ownedFolder, postgresOwner, removeOwnedFolder } from '../../src/parts/postgres-owner';
import { freePorts } from '../../src/ports';
import { type Command, runToEnd, type RunningProcess, startProcess, tail } from '../../src/process';
import type { Certified } from '../../src/authority';
import { query } from '../../src/query';
import { until } from '../../src/until';

const startDeadlineMs = 120_000;

/** What a test can do to a real server that is its own. */
export interface Temporary {
  /** Sends a signal to the server and all its processes. With SIGKILL it also waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data, killing it first when it still runs. */
  restart(): Promise<void>;
  /** Ends it at once and removes its data. */
  stop(): Promise<void>;
}

export interface TemporaryPostgres extends Temporary {
  /** Its cluster's. */
  data: string;
  host: string;
  port: number;
  database: string;
  /** A superuser. */
  user: string;
  password: string;
  ssl?: PostgresTls;
}

export interface TemporaryBroker extends Temporary {
  bootstrapServers: string;
  /** Its partitions' folders, `<topic>-<partition>`. */
  data: string;
}

export interface TemporaryPostgresOptions {
  /** What it shows to clients; with it, it takes encrypted connections only. */
  readonly tls?: Certified;
  /** Further lines of its postgresql.conf. */
  readonly settings?: readonly string[];
  /** Whether standbys may stream from it. */
  readonly standbys?: boolean;
}

const superuser = { user: 'analytics', password: 'analytics', database: 'analytics_db' };

/**
 * A PostgreSQL 17 of its own on a free port, with logical decoding and an empty database. Those of one process are copies of one
 * cluster: they have the same system identifier.
 */
export function startTemporaryPostgres(
  options: TemporaryPostgresOptions = {},
): Promise<TemporaryPostgres> {
  return startPostgres(options, async (folder) => {
    execFileSync('cp', ['-a', await (newCluster ??= makeCluster()), folder]);
  });
}

let newCluster: Promise<string> | undefined;

/** Makes a cluster, once for all test files of this process, with which it goes: each `initdb` takes a second. @returns its folder */
async function makeCluster(): Promise<string> {
  const directory = join(tmpdir(), `outbox-analytics-cluster-of-${process.pid}`);
  const data = join(directory, 'data');
  if (!existsSync(directory)) {
    mkdirSync(directory, { mode: 0o700 });
    endWithThisProcess(directory);
  }
  // No process is started there: any port will do.
  await preparePostgres(
    { directory: data, port: 5432, ...superuser, durable: false },
    join(directory, 'log'),
  );
  return join(ownedFolder(data, postgresOwner()), 'cluster');
}

/**
 * A standby that streams from a server started with `standbys`, by a physical slot of its name.
 *
 * @param from where it reaches that server: another port than its own where a test stands in between
 */
export async function startTemporaryStandby(
  primary: TemporaryPostgres,
  name: string,
  { from = primary.port, settings = [] }: { from?: number; settings?: readonly string[] } = {},
): Promise<TemporaryPostgres> {
  const { host, user, password, database } = primary;
  await query(primary, 'SELECT pg_create_physical_replication_slot($1, true)', [name]);
  const address = `host=${host} port=${from} user=${user} password=${password} dbname=${database} application_name=${name}`;
  const streaming = [
    `primary_conninfo=${address}`,
    `primary_slot_name=${name}`,
    'hot_standby_feedback=on',
    'sync_replication_slots=on',
  ];
  return startPostgres({ settings: [...streaming, ...settings], standbys: true }, (folder) =>
    copyCluster(primary, folder),
  );
}

/** Copies a running server's cluster, as pg_basebackup does, which the package does not have. */
async function copyCluster(primary: TemporaryPostgres, folder: string): Promise<void> {
  const client = createClient(primary, { applicationName: 'base backup', connectTimeoutMs: 5_000 });
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('standby', true)`);
    execFileSync('cp', ['-a', primary.data, folder]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT * FROM pg_backup_stop()');
    for (const stale of ['postmaster.pid', 'pg_replslot']) {
      rmSync(join(folder, stale), { recursive: true, force: true });
    }
    const owner = postgresOwner();
    for (const [file, text] of [
      ['backup_label', rows[0]?.labelfile ?? ''],
      ['standby.signal', ''],
    ] as const) {
      writeFileSync(join(folder, file), text);
      if (owner) chownSync(join(folder, file), owner.uid, owner.gid);
    }
    const slots = join(folder, 'pg_replslot');
    mkdirSync(slots, { mode: 0o700 });
    if (owner) chownSync(slots, owner.uid, owner.gid);
  } finally {
    await client.end();
  }
}

/** @param fill puts a cluster into the folder */
async function startPostgres(
  { tls, settings = [], standbys = false }: TemporaryPostgresOptions,
  fill: (cluster: string) => Promise<void>,
): Promise<TemporaryPostgres> {
  const directory = temporaryFolder('postgres');
  const logFile = join(directory, 'log');
  const [port] = (await freePorts(1)) as [number];
  const login = { port, ...superuser, ...(tls && { tls }) };
  const folder = ownedFolder(join(directory, 'data'), postgresOwner());
  await fill(join(folder, 'cluster'));
  const server = await startTemporary(
    directory,
    logFile,
    () =>
      preparePostgres(
        {
          directory: join(directory, 'data'),
          ...login,
          // What the operating system has survives a killed process: no need to wait for the disk.
          durable: false,
          settings,
          standbys,
        },
        logFile,
      ),
    () => ensureDatabase(login),
  );
  return {
    data: join(folder, 'cluster'),
    host: '127.0.0.1',
    ...login,
    ...(tls && { ssl: { rejectUnauthorized: false } }),
    ...server,
  };
}

/** The settings by which programs reach it as its superuser. */
export const settingsOf = (postgres: TemporaryPostgres) => ({
  DB_HOST: postgres.host,
  DB_PORT: String(postgres.port),
  POSTGRES_DB: postgres.database,
  POSTGRES_USER: postgres.user,
  POSTGRES_PASSWORD: postgres.password,
});

/**
 * Makes the command service's tables and role, by its program, as both ways of running do at each start.
 *
 * @param environment whole
 */
export async function migrate(environment: NodeJS.ProcessEnv): Promise<void> {
  const script = join(checkout, 'command-service', 'dist', 'migrate.js');
  await promisify(execFile)('node', [script], { env: environment, timeout: 60_000 });
}

/**
 * A Kafka broker of its own on a free port; topics must be created explicitly.
 *
 * @param extraProperties further lines of its server.properties
 */
export async function startTemporaryBroker(...extraProperties: string[]): Promise<TemporaryBroker> {
  await ensureJars();
  const directory = temporaryFolder('kafka');
  const logFile = join(directory, 'log');
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const bootstrapServers = `127.0.0.1:${port}`;
  const server = await startTemporary(
    directory,
    logFile,
    () =>
      prepareKafka(
        { directory, port, controllerPort, isForThroughput: false, extraProperties },
        logFile,
      ),
    () => brokerIsReady({ brokers: [bootstrapServers] }),
  );
  return { bootstrapServers, data: join(directory, 'data'), ...server };
}

/** Who is asked for passwords by a secured broker, and that. */
type Passwords = Readonly<Record<string, string>>;

export interface SecuredBroker extends TemporaryBroker {
  /** As who may do anything there, by PLAIN. */
  readonly admin: KafkaConnection;
}

/**
 * A broker that speaks SASL_SSL only, and lets nobody do what no ACL says. `admin` may do anything.
 *
 * @param tls what it shows to clients
 * @param ca whose certificates clients are to take
 * @param passwords by user: each may log in by SCRAM-SHA-512, and by PLAIN
 * @param client the admin's certificate; with it all clients need one
 */
export async function startSecuredBroker(
  tls: Certified,
  ca: string,
  passwords: Passwords,
  client?: Certified,
): Promise<SecuredBroker> {
  await ensureJars();
  const directory = temporaryFolder('kafka');
  const logFile = join(directory, 'log');
  const [port, controllerPort] = (await freePorts(2)) as [number, number];
  const bootstrapServers = `127.0.0.1:${port}`;
  const security = {
    ...{ tls, ca, passwords: { ...passwords, admin: randomBytes(12).toString('hex') } },
    ...(client && { client }),
  };
  const admin = adminOf(security, bootstrapServers);
  const server = await startTemporary(
    directory,
    logFile,
    () =>
      prepareKafka({ directory, port, controllerPort, isForThroughput: false, security }, logFile),
    () => brokerIsReady(admin),
  );
  const file = join(directory, 'admin.properties');
  writeFileSync(file, propertiesFile(javaClientProperties(admin)));
  for (const [name, secret] of Object.entries(passwords)) {
    const args = ['--bootstrap-server', bootstrapServers, '--command-config', file, '--alter'];
    args.push('--entity-type', 'users', '--entity-name', name);
    args.push('--add-config', `SCRAM-SHA-512=[password=${secret}]`);
    await runToEnd(java({ main: 'kafka.admin.ConfigCommand', args, heap: 128 }), logFile);
  }
  return { bootstrapServers, data: join(directory, 'data'), admin, ...server };
}

export interface TemporaryConnect extends Temporary {
  /** Where its REST API listens. */
  url: string;
  logFile: string;
}

/**
 * A Kafka Connect worker of its own on a free port, with the Debezium plugin.
 *
 * @param environment whole; connectors read what they ask for by `${env:…}` from it
 * @param password what its REST asks of the user relay-keeper; left out: everybody may ask it
 */
export async function startTemporaryConnect(
  bootstrapServers: string,
  environment: NodeJS.ProcessEnv,
  password?: string,
): Promise<TemporaryConnect> {
  await ensureJars();
  const directory = temporaryFolder('connect');
  const logFile = join(directory, 'log');
  const [port] = (await freePorts(1)) as [number];
  const part = connectPart({
    ...{ directory, port, bootstrapServers, environment },
    ...(password !== undefined && { password }),
  });
  const server = await startTemporary(
    directory,
    logFile,
    () => part.prepare(logFile),
    () => part.isReady(),
  );
  return { url: `http://127.0.0.1:${port}`, logFile, ...server };
}

async function startTemporary(
  directory: string,
  logFile: string,
  prepare: () => Promise<Command>,
  ready: () => Promise<void>,
): Promise<Temporary> {
  let running: RunningProcess | undefined;
  const start = async (): Promise<void> => {
    const command = await prepare();
    const started = await startProcess(command, logFile);
    running = started;
    const release = endWithThisProcess(directory, started.pid);
    let ended = false;
    void started.exited.then(() => {
      ended = true;
      release();
    });
    await until(ready, startDeadlineMs, () => {
      if (ended) throw new Error(`${command.file} ended:\n${tail(logFile)}`);
    });
  };
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    running?.signal(signal);
    if (signal === 'SIGKILL') await running?.exited;
  };
  const stop = async (): Promise<void> => {
    await kill();
    removeOwnedFolder(join(directory, 'data'));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kill,
    stop,
    restart: async () => {
      await kill();
      await start();
    },
  };
}

/**
 * Leaves nothing behind even when the test run itself is killed: its end closes the pipe.
 *
 * @returns call it when the process has ended by itself, for its id may be another's soon
 */
function endWithThisProcess(directory: string, pid?: number): () => void {
  const script = 'read _ || { [ -z "$2" ] || kill -KILL -$2; rm -rf "$1"; }';
  const watcher = spawn('sh', ['-c', script, 'sh', directory, String(pid ?? '')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  return () => watcher.stdin.end('ended\n');
}

function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `outbox-analytics-${name}-`));
}
