import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bool, makeValidator, port, str } from 'envalid';
import { adminTokenSpecs } from 'service-kit/admin-token';
import { ConfigurationError, readEnvironment, wholeNumber } from 'service-kit/environment';
import { topicSpecs, watermarkSpecs } from 'service-kit/topics';
import { checkout } from './paths';
import {
  type KafkaLogin,
  kafkaLogins,
  securedPasswords,
  type SecuredPasswords,
  securityNames,
  securitySettings,
  withPasswords,
} from './secured';

const host = '127.0.0.1';

const portSpecs = {
  SERVER_PORT: port({ default: 8080, desc: 'command service' }),
  QUERY_SERVER_PORT: port({ default: 8081, desc: 'query service' }),
  CONNECT_PORT: port({ default: 8083, desc: "what operators get of Kafka Connect's REST" }),
  CONNECT_WORKER_PORT: port({ default: 8086, desc: "Kafka Connect's REST itself" }),
  RELAY_KEEPER_PORT: port({ default: 8084, desc: "relay keeper's health" }),
  COMMAND_ADMIN_PORT: port({ default: 9080, desc: "command service's admin listener" }),
  QUERY_ADMIN_PORT: port({ default: 9081, desc: "query service's admin listener" }),
  DB_PORT: port({ default: 5432, desc: 'PostgreSQL' }),
  KAFKA_PORT: port({ default: 9092, desc: 'Kafka broker' }),
  KAFKA_CONTROLLER_PORT: port({ default: 9093, desc: 'Kafka controller' }),
  VIEWS_DB_PORT: port({ default: 5433, desc: "the views' PostgreSQL, with VIEW_STORE=postgres" }),
};

/** A variable that sets a port of this stack. */
export type PortName = keyof typeof portSpecs;

const portNames = Object.keys(portSpecs) as PortName[];

/**
 * Which logins a part gets to see. CONNECT: that of Kafka Connect's REST. ADMIN: the token for admin listeners. KAFKA_…: one of a
 * secured broker; there are none without `--secure`.
 */
export type Login =
  | 'POSTGRES'
  | 'SERVICE_DB'
  | 'RELAY_DB'
  | 'AUDIT_DB'
  | 'VIEWS_DB'
  | 'CONNECT'
  | 'ADMIN'
  | KafkaLogin;

/** Where one of several processes of a service listens. */
export interface MemberPorts {
  readonly http: number;
  readonly admin: number;
}

export interface StackConfig {
  /** LOCAL_DIR: data, logs and process ids. */
  directory: string;
  ports: Record<PortName, number>;
  database: { name: string; user: string; password: string };
  /** The command services: one, or several behind a proxy at SERVER_PORT. */
  commandMembers: readonly MemberPorts[];
  /** The query services: one, or several behind a proxy at QUERY_SERVER_PORT. */
  queryMembers: readonly MemberPorts[];
  /** The database that members share their views in; null: each process keeps its own, in SQLite. */
  viewsDatabase: { name: string; user: string; password: string } | null;
  /** Password for Connect's REST API, generated at the first start. */
  connectPassword: string;
  /** The passwords of a secured stack; null: it has none of its own, and no TLS. */
  secured: SecuredPasswords | null;
  /** Listeners of the broker besides KAFKA_PORT: where it listens, and the port that clients are told. */
  extraListeners: { port: number; advertisedPort: number }[];
  /** The environment of a part: this process's own, made local, with only the logins it needs. */
  environmentFor(this: void, ...logins: Login[]): NodeJS.ProcessEnv;
  /** What makes `readStackConfig` say the same in another terminal: passwords, too. */
  settings: NodeJS.ProcessEnv;
}

/** `listens:advertised,…`: two ports for each listener. */
const listeners = makeValidator((text) =>
  text
    .split(',')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, listens, advertised] = /^(\d{1,5}):(\d{1,5})$/.exec(entry) ?? [];
      const ports = { port: Number(listens), advertisedPort: Number(advertised) };
      if (!Object.values(ports).every((port) => port >= 1 && port <= 65_535))
        throw new RangeError(`not port:advertised port: "${entry}"`);
      return ports;
    }),
);

/** The `java` to run: JAVA_HOME's, or the one of the search path. */
export function javaExecutable(environment: NodeJS.ProcessEnv = process.env): string {
  const home = environment.JAVA_HOME;
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** For a controller that is watched by its log, whatever the broker's own log is to tell. */
export function watchedControllerEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  return { ...environment, KAFKA_LOG_LEVEL: 'INFO', KAFKA_CONTROLLER_LOG_LEVEL: 'DEBUG' };
}

const folderSpecs = {
  LOCAL_DIR: str({ default: '.local', desc: 'folder of data, logs and process ids' }),
  SECURE: bool({
    default: false,
    desc: 'TLS for PostgreSQL, TLS, logins and rights for Kafka, passwords of its own: npm start -- --secure',
  }),
};

/** The variables of `npm start` itself; it passes on those of its parts. */
export const stackSpecs = {
  PORT_OFFSET: wholeNumber(0, 65_535)({ default: 0, desc: 'added to every port below' }),
  ...folderSpecs,
  HTTP_HOST: str({ default: host, desc: 'address of the public listeners' }),
  POSTGRES_DB: str({ default: 'analytics_db', desc: 'database name' }),
  POSTGRES_USER: str({ default: 'analytics', desc: 'migration role' }),
  POSTGRES_PASSWORD: str({ default: 'analytics', desc: 'its password' }),
  SERVICE_DB_USER: str({ default: 'command_service', desc: "the command service's role" }),
  SERVICE_DB_PASSWORD: str({ default: 'command_service', desc: 'its password' }),
  RELAY_DB_USER: str({ default: 'relay', desc: "the relay's role" }),
  RELAY_DB_PASSWORD: str({ default: 'relay', desc: 'its password' }),
  AUDIT_DB_USER: str({ default: 'auditor', desc: 'the role of reconcile and explain' }),
  AUDIT_DB_PASSWORD: str({ default: 'auditor', desc: 'its password' }),
  ...adminTokenSpecs,
  AUTH_MODE: str({
    default: 'none',
    desc: 'who may call: none (whoever reaches a port) or jwt',
  }),
  DASHBOARD_FOR_OPERATORS: bool({
    default: true,
    desc: 'whether the dashboard shows orders and acts: its port is open on 127.0.0.1 only',
  }),
  KAFKA_EXTRA_LISTENERS: listeners({
    default: [],
    desc: "port:advertised port, joined by commas: the broker's listeners for clients behind proxies",
  }),
  COMMAND_MEMBERS: wholeNumber(
    1,
    3,
  )({ default: 1, desc: 'command services; several are behind a proxy at SERVER_PORT' }),
  VIEW_STORE: str<'sqlite' | 'postgres'>({
    choices: ['sqlite', 'postgres'],
    default: 'sqlite',
    desc: 'where the query service keeps its views',
  }),
  QUERY_MEMBERS: wholeNumber(
    1,
    5,
  )({
    default: 1,
    desc: 'query services that share views; several are behind a proxy at QUERY_SERVER_PORT',
  }),
  VIEWS_DB_NAME: str({ default: 'views', desc: "the views' database" }),
  VIEWS_DB_USER: str({ default: 'query_service', desc: "the query service's role there" }),
  VIEWS_DB_PASSWORD: str({ default: 'query_service', desc: 'its password' }),
  ...portSpecs,
};

/** What an operator's command has to know of a stack; ports apart, each can also be given as a file. */
const settingNames: readonly string[] = [
  ...portNames,
  ...Object.keys({ ...stackSpecs, ...topicSpecs, ...watermarkSpecs, TOPIC_PARTITIONS: null })
    .filter((name) => !(name in portSpecs))
    .flatMap((name) => [name, `${name}_FILE`]),
];

/**
 * What the environment and .env say about the stack on this machine; the environment wins.
 * DB_HOST, KAFKA_BOOTSTRAP_SERVERS and CONNECT_URL are always this machine's: those of .env are
 * meant for docker compose.
 *
 * @throws {ConfigurationError} naming every bad variable
 */
export function readStackConfig(environment: NodeJS.ProcessEnv = process.env): StackConfig {
  if (environment === process.env) readEnvFile();
  const { LOCAL_DIR, SECURE } = readEnvironment(folderSpecs, environment);
  const directory = resolve(checkout, LOCAL_DIR);
  const secured = SECURE ? securedPasswords(directory) : null;
  const env = readEnvironment(
    stackSpecs,
    secured === null ? environment : withPasswords(environment, secured),
  );
  const ports = Object.fromEntries(
    portNames.map((name) => [name, env[name] + env.PORT_OFFSET]),
  ) as Record<PortName, number>;
  const beyond = portNames.filter((name) => ports[name] > 65_535);
  if (beyond.length > 0) {
    throw new ConfigurationError([`PORT_OFFSET lifts ${beyond.join(', ')} above 65535`]);
  }
  const commandMembers = membersAt(
    ports.SERVER_PORT,
    ports.COMMAND_ADMIN_PORT,
    env.COMMAND_MEMBERS,
  );
  const isShared = env.VIEW_STORE === 'postgres';
  if (env.QUERY_MEMBERS > 1 && !isShared) {
    throw new ConfigurationError([
      `QUERY_MEMBERS=${env.QUERY_MEMBERS} needs VIEW_STORE=postgres: members share their views`,
    ]);
  }
  const queryMembers = membersAt(
    ports.QUERY_SERVER_PORT,
    ports.QUERY_ADMIN_PORT,
    env.QUERY_MEMBERS,
  );
  const connectPassword = connectPasswordIn(join(directory, 'connect'));
  const logins: Record<Login, NodeJS.ProcessEnv> = {
    CONNECT: { CONNECT_PASSWORD: connectPassword },
    POSTGRES: { POSTGRES_USER: env.POSTGRES_USER, POSTGRES_PASSWORD: env.POSTGRES_PASSWORD },
    SERVICE_DB: {
      SERVICE_DB_USER: env.SERVICE_DB_USER,
      SERVICE_DB_PASSWORD: env.SERVICE_DB_PASSWORD,
    },
    RELAY_DB: { RELAY_DB_USER: env.RELAY_DB_USER, RELAY_DB_PASSWORD: env.RELAY_DB_PASSWORD },
    AUDIT_DB: { AUDIT_DB_USER: env.AUDIT_DB_USER, AUDIT_DB_PASSWORD: env.AUDIT_DB_PASSWORD },
    VIEWS_DB: { VIEWS_DB_USER: env.VIEWS_DB_USER, VIEWS_DB_PASSWORD: env.VIEWS_DB_PASSWORD },
    ...kafkaLogins(secured),
    // The file as such: who calls for long reads it again, because tokens are renewed.
    ADMIN:
      env.ADMIN_TOKEN_FILE === ''
        ? { ADMIN_TOKEN: env.ADMIN_TOKEN }
        : { ADMIN_TOKEN_FILE: resolve(env.ADMIN_TOKEN_FILE) },
  };
  const secret = new Set(
    // The views' database is always this machine's, too.
    [
      'ADMIN_TOKEN',
      'VIEWS_DATABASE_URL',
      ...securityNames,
      ...Object.values(logins).flatMap((login) => Object.keys(login)),
    ].flatMap((name) => [name, `${name}_FILE`]),
  );
  const shared = {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !secret.has(name))),
    ...asTexts(ports),
    PORT_OFFSET: '0',
    POSTGRES_DB: env.POSTGRES_DB,
    DB_HOST: host,
    HTTP_HOST: env.HTTP_HOST,
    AUTH_MODE: env.AUTH_MODE,
    ADMIN_HOST: host,
    KAFKA_BOOTSTRAP_SERVERS: `${host}:${ports.KAFKA_PORT}`,
    CONNECT_URL: `http://${host}:${ports.CONNECT_WORKER_PORT}`,
    CONNECT_PROXY_PORT: String(ports.CONNECT_PORT),
    CONNECT_PUBLIC_URL: `http://${host}:${ports.CONNECT_PORT}`,
    RELAY_KEEPER_URL: `http://${host}:${ports.RELAY_KEEPER_PORT}`,
    COMMAND_SERVICE_URL: `http://${host}:${ports.SERVER_PORT}`,
    DASHBOARD_FOR_OPERATORS: String(env.DASHBOARD_FOR_OPERATORS),
    QUERY_ADMIN_URLS: queryMembers.map(({ admin }) => `http://${host}:${admin}`).join(','),
    VIEW_STORE: env.VIEW_STORE,
    VIEWS_DB_HOST: host,
    VIEWS_DB_NAME: env.VIEWS_DB_NAME,
    ...securitySettings(secured === null ? null : directory),
    // Each member's pool, and old connections of one that was killed.
    SERVICE_DB_CONNECTIONS:
      environment.SERVICE_DB_CONNECTIONS || String(Math.max(40, 16 * commandMembers.length + 8)),
    TOPIC_REPLICATION: '1',
    QUERY_DATA_DIR: join(directory, 'query-service'),
  };
  return {
    directory,
    ports,
    commandMembers,
    queryMembers,
    viewsDatabase: isShared
      ? { name: env.VIEWS_DB_NAME, user: env.VIEWS_DB_USER, password: env.VIEWS_DB_PASSWORD }
      : null,
    database: {
      name: env.POSTGRES_DB,
      user: env.POSTGRES_USER,
      password: env.POSTGRES_PASSWORD,
    },
    connectPassword,
    secured,
    extraListeners: env.KAFKA_EXTRA_LISTENERS,
    settings: {
      ...givenSettings(environment),
      ...asTexts(ports),
      PORT_OFFSET: '0',
      LOCAL_DIR: directory,
    },
    environmentFor: (...names) =>
      names.reduce<NodeJS.ProcessEnv>((all, name) => ({ ...all, ...logins[name] }), shared),
  };
}

/** Between the ports of two members. */
const memberStep = 20;

/**
 * The ports of a service's members. One has the service's own; of several, the public ones stand behind the proxy that has
 * it, and the first one's admin listener is where it is without others.
 */
function membersAt(http: number, admin: number, count: number): MemberPorts[] {
  if (count === 1) return [{ http, admin }];
  return Array.from({ length: count }, (_, i) => ({
    http: http + memberStep * (i + 1),
    admin: admin + memberStep * i,
  }));
}

/** Every port of the stack, by the variable that sets it and what is added to that. */
export function allPorts({
  ports,
  commandMembers,
  queryMembers,
  viewsDatabase,
}: StackConfig): Record<string, number> {
  const { VIEWS_DB_PORT, ...always } = ports;
  const of = (name: PortName, port: number): [string, number] => {
    const step = port - ports[name];
    return [step === 0 ? name : `${name} + ${step}`, port];
  };
  return {
    ...always,
    ...(viewsDatabase !== null && { VIEWS_DB_PORT }),
    ...Object.fromEntries([
      ...commandMembers.flatMap(({ http, admin }) => [
        of('SERVER_PORT', http),
        of('COMMAND_ADMIN_PORT', admin),
      ]),
      ...queryMembers.flatMap(({ http, admin }) => [
        of('QUERY_SERVER_PORT', http),
        of('QUERY_ADMIN_PORT', admin),
      ]),
    ]),
  };
}

/** The file in which the worker finds what its REST asks for. */
export const connectUsers = 'rest-users.properties';

/** Who may ask a worker's REST, and the line of `connectUsers` that says so. */
export const connectUser = 'relay-keeper';

/** What that file says, so that commands find it too; a new one before the first start. */
function connectPasswordIn(directory: string): string {
  const file = join(directory, connectUsers);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [, password = randomBytes(24).toString('hex')] = /^relay-keeper=(.*)$/m.exec(text) ?? [];
  return password;
}

const asTexts = (ports: Record<PortName, number>): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, String(value)]));

/** All, for what is empty was not given. Files by their whole paths: the other terminal may be in another folder. */
function givenSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    settingNames.map((name) => {
      const value = environment[name] ?? '';
      return [name, value !== '' && name.endsWith('_FILE') ? resolve(value) : value];
    }),
  );
}

/** What .env says and the environment does not. */
function readEnvFile(): void {
  const file = join(checkout, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}

/**
 * The stack that another terminal has started: by what it was given there, whatever is given here. Only the caller's token stays
 * his own.
 *
 * @param settings as that terminal's `StackConfig` has them
 * @throws {ConfigurationError}
 */
export function stackConfigOf(
  settings: NodeJS.ProcessEnv,
  environment: NodeJS.ProcessEnv = process.env,
): StackConfig {
  const { ADMIN_TOKEN = '', ADMIN_TOKEN_FILE = '' } = environment;
  const own = ADMIN_TOKEN || ADMIN_TOKEN_FILE ? { ADMIN_TOKEN, ADMIN_TOKEN_FILE } : {};
  return readStackConfig({ ...environment, ...settings, ...own });
}

/** Makes this process one of the stack in the folder, as LOCAL_DIR would. */
export function chooseFolder(folder: string): void {
  process.env.LOCAL_DIR = folder;
}

/** Gives this process an environment, and nothing of the one that it had. */
export function takeEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
}
