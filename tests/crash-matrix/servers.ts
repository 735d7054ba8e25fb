import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from 'local/ports';
import { query } from 'local/query';
import {
  startTemporaryBroker,
  startTemporaryConnect,
  startTemporaryPostgres,
  type TemporaryBroker,
  type TemporaryConnect,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import { Mortal } from './mortal';

/** A command service, and where it answers. */
export type CommandService = Mortal & { readonly url: string };
/** A query service, and where it and its admin listener answer. */
export type QueryService = CommandService & { readonly admin: string; readonly folder: string };

/** PostgreSQL, broker and Connect that outlive every process of ours, which each test starts itself. */
export class Servers {
  private readonly processes: Mortal[] = [];

  private constructor(
    readonly folder: string,
    readonly postgres: TemporaryPostgres,
    readonly broker: TemporaryBroker,
    readonly connect: TemporaryConnect,
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** Migrated and set up for the relay; nobody has created topics or connector yet. */
  static async start(): Promise<Servers> {
    const folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-matrix-'));
    const [postgres, broker] = await Promise.all([
      startTemporaryPostgres(),
      startTemporaryBroker(),
    ]);
    const environment = {
      ...process.env,
      DB_HOST: postgres.host,
      DB_PORT: String(postgres.port),
      POSTGRES_DB: postgres.database,
      POSTGRES_USER: postgres.user,
      POSTGRES_PASSWORD: postgres.password,
      SERVICE_DB_PASSWORD: 'service',
      RELAY_DB_USER: 'relay',
      RELAY_DB_PASSWORD: 'relay',
      AUDIT_DB_PASSWORD: 'auditor',
      RECONCILE_INTERVAL: '0',
      KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
      AUTH_MODE: 'none',
      HTTP_HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
    };
    const connecting = startTemporaryConnect(broker.bootstrapServers, environment);
    const setUp = async (): Promise<void> => {
      for (const [script, ...args] of [
        ['command-service/dist/migrate.js'],
        ['cli/dist/main.js', 'relay-setup'],
      ] as const) {
        const logFile = join(folder, 'set-up.log');
        const run = new Mortal({ script, args, environment, logFile });
        await run.launch();
        expect(await run.ended()).toBe(0);
      }
    };
    const [connect] = await Promise.all([connecting, setUp()]);
    return new Servers(folder, postgres, broker, connect, {
      ...environment,
      CONNECT_URL: connect.url,
    });
  }

  /** A command service, not started yet, on ports of its own. */
  async commandService(name: string): Promise<CommandService> {
    const [port, admin] = await freePorts(2);
    const url = `http://127.0.0.1:${port}`;
    const process = this.process(name, 'command-service/dist/main.js', `${url}/health/ready`, {
      SERVER_PORT: String(port),
      COMMAND_ADMIN_PORT: String(admin),
    });
    return Object.assign(process, { url });
  }

  /** A replica of the query service, not started yet, with a folder and a consumer group of its own. */
  async queryService(name: string): Promise<QueryService> {
    const [port, adminPort] = await freePorts(2);
    const folder = join(this.folder, name);
    const url = `http://127.0.0.1:${port}`;
    const process = this.process(name, 'query-service/dist/main.js', `${url}/health/ready`, {
      QUERY_SERVER_PORT: String(port),
      QUERY_ADMIN_PORT: String(adminPort),
      REPLICA_ID: name,
      QUERY_DATA_DIR: folder,
    });
    return Object.assign(process, { url, admin: `http://127.0.0.1:${adminPort}`, folder });
  }

  /** @param more such as OUTBOX_RETENTION_HOURS */
  async relayKeeper(more: NodeJS.ProcessEnv = {}): Promise<Mortal> {
    const [port] = await freePorts(1);
    const ready = `http://127.0.0.1:${port}/health/ready`;
    return this.process(`keeper-${port}`, 'debezium/dist/main.js', ready, {
      RELAY_KEEPER_PORT: String(port),
      ...more,
    });
  }

  /** The operator's command that has events relayed again. */
  reemit(name: string, aggregates: string[]): Mortal {
    const script = 'cli/dist/main.js';
    const args = ['reemit', ...aggregates];
    const logFile = join(this.folder, `reemit-${name}.log`);
    return new Mortal({ script, args, environment: this.environment, logFile });
  }

  /** Asks the database as its owner. */
  sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.postgres, text, values);
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()));
    await Promise.all([this.connect.stop(), this.broker.stop(), this.postgres.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private process(
    name: string,
    script: string,
    ready: string,
    variables: NodeJS.ProcessEnv,
  ): Mortal {
    const process = new Mortal({
      script,
      ready,
      environment: { ...this.environment, ...variables },
      logFile: join(this.folder, `${name}.log`),
    });
    this.processes.push(process);
    return process;
  }
}
