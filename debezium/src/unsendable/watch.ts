import type { Pool } from 'pg';
import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import { sqlOn } from 'service-kit/sql';
import { findSlot } from '../slot';
import { findUnsendable } from './find-unsendable';
import { unsendableSentence } from './reason';

/** Watermarks come every second: a relay that has brought none for this long may have something in its way. */
const suspiciousAfterMs = 3_000;
const intervalMs = 1_000;
/** The interval while the relay stands still, because each look reads WAL. */
const lookEveryMs = 3_000;
/** How many rows are named: few enough that the sentence can be read. */
const named = 10;

/**
 * Looks for rows that cannot be sent while the relay stands still. It is a loop of its own: reading much WAL takes
 * seconds, in which the control loop must not miss a snapshot.
 */
export class UnsendableWatch {
  private last: readonly string[] = [];

  /** @param reader tells when the last watermark came through */
  constructor(
    private readonly pool: Pool,
    private readonly kafka: KafkaAdmin,
    private readonly reader: { readonly arrivedAt: number | null },
  ) {}

  /** A sentence for each row found, with the command that takes it out of the way; none while the relay moves. */
  get found(): readonly string[] {
    return this.isStill() ? this.last : [];
  }

  /** Never throws: the next turn looks again. */
  async turn(): Promise<number> {
    try {
      this.last = this.isStill() ? await this.look() : [];
    } catch {
      // While PostgreSQL or Kafka is away, the control loop says so.
      this.last = [];
    }
    return this.isStill() ? lookEveryMs : intervalMs;
  }

  private isStill(): boolean {
    const { arrivedAt } = this.reader;
    return arrivedAt === null || performance.now() - arrivedAt >= suspiciousAfterMs;
  }

  private async look(): Promise<readonly string[]> {
    const client = await this.pool.connect();
    try {
      const sql = sqlOn(client);
      // A slot that nobody streams from: the relay may be reading the outbox itself.
      const isSnapshot = (await findSlot(sql))?.active === false;
      const rows = await findUnsendable(sql, this.kafka, isSnapshot);
      client.release();
      return rows.slice(0, named).map(unsendableSentence);
    } catch (error) {
      // Closing the connection also removes the copy of the slot, if there still is one.
      client.release(true);
      throw error;
    }
  }
}
