import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { v7 as uuidv7 } from 'uuid';
import { freePorts } from 'local/ports';
import { query } from 'local/query';
import {
  migrate,
  settingsOf,
  startTemporaryBroker,
  startTemporaryConnect,
  startTemporaryPostgres,
  type TemporaryBroker,
  type TemporaryConnect,
  type TemporaryPostgres,
} from '../../../local/test/support/temporary';
import { until } from 'local/until';
import { createLogger } from 'service-kit/logger';
import type { Running } from 'service-kit/run';
import { withAdmin } from '../../../kafka-client/test/support/plain-client';
import { applySetup } from '../../src/apply-setup';
import { readRelayKeeperConfig, readSetupConfig } from '../../src/config';
import { startKeeper } from '../../src/keeper';
import { RecordReader } from './records';

/** What Connect's REST asks for. */
const connectPassword = 'of connect';

const checkout = join(__dirname, '..', '..', '..');

/** One event to be written into the outbox. */
interface OutboxEvent {
  aggregateid: string;
  payload: string;
  aggregateversion: number;
  traceparent: string | null;
}

/** The whole relay on real servers of its own: PostgreSQL, broker, Connect worker, keeper. */
export class Relay {
  readonly records: RecordReader;
  private keeper: Running | undefined;

  private constructor(
    readonly postgres: TemporaryPostgres,
    readonly broker: TemporaryBroker,
    readonly connect: TemporaryConnect,
    readonly environment: NodeJS.ProcessEnv,
  ) {
    this.records = new RecordReader(broker.bootstrapServers);
  }

  /** Everything but the keeper. @param brokerProperties further lines of the broker's server.properties */
  static async start(...brokerProperties: string[]): Promise<Relay> {
    return Relay.startOn(await startTemporaryPostgres(), ...brokerProperties);
  }

  /** On this server, or whoever answers where it is. */
  static async startOn(postgres: TemporaryPostgres, ...brokerProperties: string[]): Promise<Relay> {
    const [broker, ports] = await Promise.all([
      startTemporaryBroker(...brokerProperties),
      freePorts(1),
    ]);
    const environment = {
      ...process.env,
      ...settingsOf(postgres),
      SERVICE_DB_USER: 'command_service',
      SERVICE_DB_PASSWORD: 'service',
      RELAY_DB_USER: 'relay',
      RELAY_DB_PASSWORD: `it's a "secret"`,
      AUDIT_DB_USER: 'auditor',
      AUDIT_DB_PASSWORD: `'another' "one"`,
      RECONCILE_INTERVAL: '0',
      AUTH_MODE: 'none',
      KAFKA_BOOTSTRAP_SERVERS: broker.bootstrapServers,
      RELAY_KEEPER_PORT: String(ports[0]),
    };
    const [connect] = await Promise.all([
      startTemporaryConnect(broker.bootstrapServers, environment, connectPassword),
      migrate(environment).then(() => applySetup(readSetupConfig(environment))),
    ]);
    return new Relay(postgres, broker, connect, {
      ...environment,
      CONNECT_URL: connect.url,
      CONNECT_PASSWORD: connectPassword,
    });
  }

  async startKeeper(variables: NodeJS.ProcessEnv = {}): Promise<void> {
    this.keeper = await startSilently({ ...this.environment, ...variables });
  }

  /** What a second keeper, with other variables, says once it has looked. */
  healthOfAnotherKeeper(variables: NodeJS.ProcessEnv): Promise<Health> {
    return this.withAnotherKeeper(variables, (port) =>
      until(async () => {
        const health = await healthAt(port);
        if (health.connector === null) throw new Error('it has not looked yet');
        return health;
      }, 60_000),
    );
  }

  /** Beside a second keeper, with other variables. @param work gets its port */
  async withAnotherKeeper<T>(
    variables: NodeJS.ProcessEnv,
    work: (port: number) => Promise<T>,
  ): Promise<T> {
    const [port] = (await freePorts(1)) as [number];
    const environment = { ...this.environment, ...variables, RELAY_KEEPER_PORT: String(port) };
    const keeper = await startSilently(environment);
    try {
      return await work(port);
    } finally {
      await keeper.stop();
    }
  }

  async stopKeeper(): Promise<void> {
    await this.keeper?.stop();
    this.keeper = undefined;
  }

  /** Runs a keeper in a process of its own until a failpoint kills it. */
  async runKeeperUntilKilled(failpoint: string, variables: NodeJS.ProcessEnv = {}): Promise<void> {
    const process = spawn('node', [join(checkout, 'debezium', 'dist', 'main.js')], {
      env: { ...this.environment, ...variables, FAILPOINTS: `${failpoint}=kill` },
      stdio: 'ignore',
    });
    const [, signal] = (await once(process, 'exit')) as [number | null, string | null];
    if (signal !== 'SIGKILL') throw new Error(`${failpoint} was not reached`);
  }

  /** The keeper's health, whatever it says. */
  health(): Promise<Health> {
    return healthAt(Number(this.environment.RELAY_KEEPER_PORT));
  }

  async untilReady(deadlineMs = 60_000): Promise<Health> {
    return this.untilHealth('ready', ({ status }) => status === 'ready', deadlineMs);
  }

  async untilNotReady(reason: RegExp, deadlineMs = 60_000): Promise<Health> {
    return this.untilHealth(
      String(reason),
      ({ reasons }) => reasons.some((text) => reason.test(text)),
      deadlineMs,
    );
  }

  private untilHealth(
    what: string,
    holds: (health: Health) => boolean,
    deadlineMs: number,
  ): Promise<Health> {
    return until(async () => {
      const health = await this.health();
      if (!holds(health)) throw new Error(`waiting for ${what}: ${JSON.stringify(health)}`);
      return health;
    }, deadlineMs);
  }

  /** A request to Kafka. */
  async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    return withAdmin(this.broker.bootstrapServers, work);
  }

  /** A request to Connect's REST. @throws unless it succeeds */
  async rest(method: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(this.connect.url + path, {
      method,
      headers: { authorization: this.connectLogin, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text;
  }

  /** The `Authorization` header of Connect's REST API, as the keeper sends it. */
  readonly connectLogin = `Basic ${Buffer.from(`relay-keeper:${connectPassword}`).toString('base64')}`;

  /** Asks the database as its owner, each statement in a transaction of its own. */
  async sql<Row = unknown>(text: string, values: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.postgres, text, values);
  }

  /** Asks the database as the relay role. */
  async sqlAsRelay(text: string): Promise<unknown[]> {
    const { RELAY_DB_USER = '', RELAY_DB_PASSWORD = '' } = this.environment;
    return query({ ...this.postgres, user: RELAY_DB_USER, password: RELAY_DB_PASSWORD }, text);
  }

  /** Asks the database as the role that compares. */
  async sqlAsAuditor(text: string): Promise<unknown[]> {
    const { AUDIT_DB_USER = '', AUDIT_DB_PASSWORD = '' } = this.environment;
    return query({ ...this.postgres, user: AUDIT_DB_USER, password: AUDIT_DB_PASSWORD }, text);
  }

  /** Writes an event of an order. @returns its id */
  async write(event: Partial<OutboxEvent> = {}): Promise<string> {
    const id = uuidv7();
    const { aggregateid = '1', payload = '{}', aggregateversion = 1, traceparent = null } = event;
    await this.sql(
      `INSERT INTO outbox
       SELECT $1, 'order', $2, 'OrderCreated', $3, 'order-events', $4, 1, source_id, $5, clock_timestamp()
       FROM source`,
      [id, aggregateid, payload, aggregateversion, traceparent],
    );
    return id;
  }

  /** Writes events one after the other, each in a transaction of its own. @returns their ids */
  async writeMany(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await this.write({ aggregateid: String(i) }));
    return ids;
  }

  /** @throws while somebody reads it */
  async dropSlot(): Promise<void> {
    await this.sql(`SELECT pg_drop_replication_slot('relay')`);
  }

  /** Drops it although a task reads it, which would be back at once: until one try comes before the task. */
  async takeSlotAway(): Promise<void> {
    await until(async () => {
      await this.sql(
        `SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active_pid IS NOT NULL`,
      );
      // None, if the task that makes it anew was hung up on.
      await this.sql('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
    }, 60_000);
  }

  /** Writes WAL beyond max_slot_wal_keep_size, until PostgreSQL removes what the idle slot still needs. */
  async loseSlot(): Promise<void> {
    // Segments without content need not be filled with zeros first.
    await this.sql('ALTER SYSTEM SET wal_init_zero = off');
    await this.sql('SELECT pg_reload_conf()');
    await until(async () => {
      await this.sql(`
        DO $$
        BEGIN
          FOR segment IN 1..8 LOOP
            PERFORM pg_logical_emit_message(false, 'test', 'so that the segment is not empty');
            PERFORM pg_switch_wal();
          END LOOP;
        END $$`);
      await this.sql('CHECKPOINT');
      const [slot] = await this.sql<{ status: string }>(
        `SELECT wal_status AS status FROM pg_replication_slots WHERE slot_name = 'relay'`,
      );
      if (slot?.status !== 'lost') throw new Error(`the slot is ${slot?.status}`);
    }, 60_000);
  }

  async stop(): Promise<void> {
    await this.records.stop();
    await this.stopKeeper();
    await Promise.all([this.connect.stop(), this.broker.stop(), this.postgres.stop()]);
  }
}

export interface Health {
  status: string;
  reasons: string[];
  connector: { state: string } | null;
  tasks: { id: number; state: string }[];
  otherConnectors: string[];
  slot: { active: boolean; walStatus: string } | null;
  watermark: { secondsSinceArrived: number | null };
  outbox: { purged: number; purgeWaitsFor: string[]; overdue: string[] };
  lostLog: { from: string; to: string } | null;
  restarts: number;
  slotsDropped: number;
}

function startSilently(environment: NodeJS.ProcessEnv): Promise<Running> {
  const logger = createLogger('relay-keeper', 'silent');
  return startKeeper(readRelayKeeperConfig(environment), logger, (error) => {
    throw error;
  });
}

async function healthAt(port: number | undefined): Promise<Health> {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
  return (await response.json()) as Health;
}
