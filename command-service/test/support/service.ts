import { query } from 'local/query';
import {
  settingsOf,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../../local/test/support/temporary';
import { until } from 'local/until';
import { disarmFailpoints } from 'service-kit/failpoints';
import { createLogger } from 'service-kit/logger';
import { type Config, readConfig, readMigrationConfig } from '../../src/config';
import { type Database, openDatabase } from '../../src/database';
import { migrate } from '../../src/migrate';
import { type CommandService, startService } from '../../src/service';
import { httpClient, type HttpClient } from './http';

export const silent = createLogger('test', 'silent');

/** A command service in this process, on a migrated PostgreSQL of its own. */
export interface TestService {
  readonly postgres: TemporaryPostgres;
  readonly service: CommandService;
  readonly http: HttpClient;
  /** Asks the database as its owner. */
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** @param more settings that differ from the environment's */
export async function startTestService(more: Partial<Config> = {}): Promise<TestService> {
  const postgres = await startTemporaryPostgres();
  try {
    await migrate(readMigrationConfig(environment(postgres)), silent);
    const service = await startService({ ...config(postgres), ...more }, silent);
    await untilReady(service);
    return describeService(postgres, service);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/**
 * Starts a test service before the tests of a file, and stops it after them.
 *
 * @param more settings that differ from the environment's, known when the tests begin
 * @returns the service, for use in hooks that are registered later, and in tests
 */
export function useTestService(more: () => Partial<Config> = () => ({})): TestService {
  let started: TestService | undefined;
  beforeAll(async () => {
    started = await startTestService(more());
  });
  afterAll(() => started?.stop());
  const running = (): TestService => {
    if (started === undefined) throw new Error('the test service has not started');
    return started;
  };
  return {
    get postgres() {
      return running().postgres;
    },
    get service() {
      return running().service;
    },
    get http() {
      return running().http;
    },
    query: (text, values) => running().query(text, values),
    stop: () => running().stop(),
  };
}

/** Waits until the service says that it is ready. */
export async function untilReady(service: CommandService, deadlineMs = 60_000): Promise<void> {
  const http = httpClient(service.port);
  await until(async () => {
    const { status, body } = await http.get('/health/ready');
    if (status !== 200) throw new Error(`not ready: ${JSON.stringify(body)}`);
  }, deadlineMs);
}

/**
 * Waits until requests that were sent before are past all that happens to them before the database: others go all the
 * way after them, several times.
 */
export async function untilTaken(http: HttpClient): Promise<void> {
  for (let i = 0; i < 10; i++) await http.get('/health/ready');
}

/** The service's pool on that database, connected, without HTTP around it. */
export async function connectedTo(postgres: TemporaryPostgres): Promise<Database> {
  const database = openDatabase(config(postgres).database, silent);
  await until(() => database.read((sql) => sql({ name: 'connected', text: 'SELECT 1' })), 60_000);
  return database;
}

/** The service's configuration for that server, with ports that the system chooses. */
export function config(postgres: TemporaryPostgres): Config {
  return {
    ...readConfig(environment(postgres)),
    http: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
  };
}

function describeService(postgres: TemporaryPostgres, service: CommandService): TestService {
  return {
    postgres,
    service,
    http: httpClient(service.port),
    query: (text, values) => query(postgres, text, values),
    stop: async () => {
      disarmFailpoints();
      await service.stop();
      await postgres.stop();
    },
  };
}

/** The environment of the service and of its migrations for that server. */
export function environment(postgres: TemporaryPostgres): NodeJS.ProcessEnv {
  return {
    ...settingsOf(postgres),
    AUTH_MODE: 'none',
    ...serviceRole,
  };
}

export const serviceRole = {
  SERVICE_DB_USER: 'command_service',
  SERVICE_DB_PASSWORD: `it's "secret"`,
};
