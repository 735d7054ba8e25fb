import type { Producer } from 'kafkajs';
import { defaultTopics, eventTopics } from 'contracts/topics';
import { Pool } from 'pg';
import { until } from 'local/until';
import { createLogger } from 'service-kit/logger';
import { sqlOn } from 'service-kit/sql';
import { plainClient } from '../../../kafka-client/test/support/plain-client';
import { OutboxPurge } from '../../src/purge/outbox-purge';
import { StateLog } from '../../src/state-log';
import type { Relay } from './relay';

/** Purges the outbox of a relay as its role, without a keeper around it, and notes what is deleted. */
export class Purging {
  readonly purge: OutboxPurge;
  private readonly pool: Pool;

  private constructor(
    private readonly relay: Relay,
    retentionMs: number,
  ) {
    const { RELAY_DB_USER: user, RELAY_DB_PASSWORD: password } = relay.environment;
    const { host, port, database } = relay.postgres;
    this.pool = new Pool({ host, port, database, user, password });
    this.pool.on('error', () => undefined);
    this.purge = new OutboxPurge({
      sql: sqlOn(this.pool),
      connection: { brokers: [relay.broker.bootstrapServers] },
      topics: eventTopics(defaultTopics),
      retentionMs,
      // Whatever the relay does: the proof rests on none of it.
      relayFaults: () => [],
      states: new StateLog(createLogger('purge', 'silent')),
    });
  }

  static async of(relay: Relay, retentionMs: number): Promise<Purging> {
    await relay.sql(`
      CREATE TABLE IF NOT EXISTS purged (id uuid, at timestamptz DEFAULT clock_timestamp());
      CREATE OR REPLACE FUNCTION note_purge() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO public.purged VALUES (OLD.id);
        RETURN NULL;
      END $$;
      CREATE OR REPLACE TRIGGER note_purge AFTER DELETE ON outbox
      FOR EACH ROW EXECUTE FUNCTION note_purge();`);
    return new Purging(relay, retentionMs);
  }

  /** Ids of all rows that have ever been deleted. */
  async purged(): Promise<string[]> {
    return (await this.relay.sql<{ id: string }>('SELECT id FROM purged')).map(({ id }) => id);
  }

  /** Passes until these rows are gone. */
  async untilGone(ids: readonly string[], deadlineMs = 60_000): Promise<void> {
    await until(async () => {
      await this.purge.turn();
      const left = await this.left(ids);
      if (left.length > 0) throw new Error(`${left.length} rows: ${this.purge.waitsFor.join()}`);
    }, deadlineMs);
  }

  /** Those of these rows that are still there. */
  async left(ids: readonly string[]): Promise<string[]> {
    const text = 'SELECT id FROM outbox WHERE id = ANY($1::uuid[])';
    return (await this.relay.sql<{ id: string }>(text, [ids])).map(({ id }) => id);
  }

  async stop(): Promise<void> {
    this.purge.abort();
    await Promise.all([this.purge.close(), this.pool.end()]);
  }
}

/** A row that the relay overlooks: while it is written, the outbox is not published. */
export async function writeUnseen(relay: Relay): Promise<string> {
  await relay.sql('ALTER PUBLICATION relay DROP TABLE outbox');
  const id = await relay.write({ aggregateid: 'unseen' });
  await relay.sql('ALTER PUBLICATION relay ADD TABLE outbox');
  return id;
}

/** Another producer on the relay's topic. */
export class Forger {
  private constructor(private readonly producer: Producer) {}

  static async start(bootstrapServers: string): Promise<Forger> {
    const producer = plainClient(bootstrapServers).producer({
      transactionalId: 'forger',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    return new Forger(producer);
  }

  /** Writes a record as the relay would, and ends its transaction like this. */
  async write(id: string, sourceId: string, end: 'commit' | 'abort'): Promise<void> {
    const transaction = await this.producer.transaction();
    const headers = { id, sourceId, eventType: 'OrderCreated' };
    await transaction.send({
      topic: 'order-events',
      messages: [
        {
          key: 'unseen',
          value: '{}',
          headers: { ...headers, aggregateVersion: '1', schemaVersion: '1' },
        },
      ],
    });
    await transaction[end]();
  }

  stop(): Promise<void> {
    return this.producer.disconnect();
  }
}
