import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStackConfig, type Login, type PortName, type StackConfig } from 'local/config';
import { environmentOfPart } from 'local/part-environment';
import { connectPart } from 'local/parts/connect';
import { kafkaPart } from 'local/parts/kafka';
import { postgresPart } from 'local/parts/postgres';
import { removeOwnedFolder } from 'local/parts/postgres-owner';
import { nodeCommand, servicePart } from 'local/parts/service';
import { freePorts } from 'local/ports';
import { runToEnd } from 'local/process';
import type { Part } from 'local/supervised-part';
import { baseEnvironment } from '../config';
import { startPart, type RunningPart } from './running-part';

const portNames = [
  'SERVER_PORT',
  'QUERY_SERVER_PORT',
  'CONNECT_PORT',
  'CONNECT_WORKER_PORT',
  'RELAY_KEEPER_PORT',
  'COMMAND_ADMIN_PORT',
  'QUERY_ADMIN_PORT',
  'DB_PORT',
  'KAFKA_PORT',
  'KAFKA_CONTROLLER_PORT',
] as const satisfies readonly PortName[];

/** A free port for each variable that sets one of the stack's. */
export async function freePortVariables(): Promise<Record<string, string>> {
  const free = await freePorts(portNames.length);
  return Object.fromEntries(portNames.map((name, i) => [name, String(free[i])]));
}

const folders = new Set<string>();

/** For the end of this process, however it comes. */
export function removeFolders(): void {
  for (const folder of folders) removeFolder(folder);
}

function removeFolder(folder: string): void {
  removeOwnedFolder(join(folder, 'postgres'));
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/**
 * The parts of the stack, started as `npm start` starts them, but one by one: with free ports, data in
 * a temporary folder, nobody who restarts them.
 */
export class System {
  private readonly running: RunningPart[] = [];

  private constructor(
    readonly folder: string,
    private readonly config: StackConfig,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async create(): Promise<System> {
    const folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-bench-'));
    const environment = {
      ...baseEnvironment(),
      ...(await freePortVariables()),
      LOCAL_DIR: folder,
    };
    folders.add(folder);
    mkdirSync(join(folder, 'logs'));
    return new System(folder, readStackConfig(environment), environment);
  }

  get bootstrapServers(): string {
    return `127.0.0.1:${this.config.ports.KAFKA_PORT}`;
  }

  /** The migration role's login. */
  get database() {
    const { name, user, password } = this.config.database;
    return { host: '127.0.0.1', port: this.config.ports.DB_PORT, database: name, user, password };
  }

  url(port: PortName): string {
    return `http://127.0.0.1:${this.config.ports[port]}`;
  }

  startKafka(): Promise<RunningPart> {
    const { KAFKA_PORT: port, KAFKA_CONTROLLER_PORT: controllerPort } = this.config.ports;
    const directory = join(this.folder, 'kafka');
    return this.start(kafkaPart({ directory, port, controllerPort, isForThroughput: true }));
  }

  /** With the tables, roles and publication of the stack. Commits are durable. */
  async startPostgres(): Promise<RunningPart> {
    const { database, ports } = this.config;
    const directory = join(this.folder, 'postgres');
    const { name, user, password } = database;
    const login = { port: ports.DB_PORT, user, password, database: name };
    const part = await this.start(postgresPart({ directory, ...login, durable: true }));
    await this.runOnce(['command-service/dist/migrate.js'], 'POSTGRES', 'SERVICE_DB');
    await this.runOnce(['cli/dist/main.js', 'relay-setup'], 'POSTGRES', 'RELAY_DB', 'AUDIT_DB');
    return part;
  }

  startConnect(): Promise<RunningPart> {
    const environment = this.config.environmentFor('RELAY_DB');
    return this.start(
      connectPart({
        directory: join(this.folder, 'connect'),
        port: this.config.ports.CONNECT_WORKER_PORT,
        bootstrapServers: this.bootstrapServers,
        environment,
      }),
    );
  }

  /** @param script another one than the repository's, for a variant of the connector */
  startRelayKeeper(script = 'debezium/dist/main.js'): Promise<RunningPart> {
    const logins: Login[] = ['RELAY_DB', 'AUDIT_DB'];
    return this.startService({ name: 'relay-keeper', script, port: 'RELAY_KEEPER_PORT', logins });
  }

  startCommandService(): Promise<RunningPart> {
    const script = 'command-service/dist/main.js';
    const logins: Login[] = ['SERVICE_DB'];
    return this.startService({ name: 'command-service', script, port: 'SERVER_PORT', logins });
  }

  /** @returns when it listens and, unless `waitUntilReady` is false, has caught up */
  startQueryService(
    variables: NodeJS.ProcessEnv = {},
    { waitUntilReady = true } = {},
  ): Promise<RunningPart> {
    const script = 'query-service/dist/main.js';
    const port = 'QUERY_SERVER_PORT';
    return this.startService({ name: 'query-service', script, port, variables, waitUntilReady });
  }

  /** Ends everything, at once, and removes the data. */
  async remove(): Promise<void> {
    for (const part of this.running.toReversed()) await part.kill();
    removeFolder(this.folder);
  }

  private startService({
    name,
    script,
    port,
    logins = [],
    variables = {},
    waitUntilReady = true,
  }: ServiceStart): Promise<RunningPart> {
    const environment = environmentOfPart(name, {
      ...this.config.environmentFor(...logins),
      ...variables,
    });
    const part = servicePart(name, [script], this.config.ports[port], environment);
    return this.start(part, waitUntilReady);
  }

  private async start(part: Part, waitUntilReady = true): Promise<RunningPart> {
    const started = await startPart(part, join(this.folder, 'logs'), waitUntilReady);
    this.running.push(started);
    return started;
  }

  private runOnce(program: readonly [string, ...string[]], ...logins: Login[]): Promise<void> {
    const logFile = join(this.folder, 'logs', 'once.log');
    return runToEnd(nodeCommand(program, this.config.environmentFor(...logins)), logFile);
  }
}

interface ServiceStart {
  readonly name: string;
  readonly script: string;
  readonly port: PortName;
  /** The databases' logins that it gets. */
  readonly logins?: readonly Login[];
  /** Added to its environment. */
  readonly variables?: NodeJS.ProcessEnv;
  readonly waitUntilReady?: boolean;
}
