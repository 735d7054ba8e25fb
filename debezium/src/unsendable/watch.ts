import type { Pool } from 'pg';
import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import { sqlOn } from 'service-kit/sql';
import { findUnsendable } from './find-unsendable';
import { unsendableSentence } from './reason';

/** Watermarks come every second: a relay that has brought none for this long may have something in its way. */
const suspiciousAfterMs = 3_000;
const lookEveryMs = 3_000;
/** How many rows are named: few enough that the sentence can be read. */
const named = 10;

/** Looks for rows that cannot be sent while the relay stands still, and remembers what it found until it moves. */
export class UnsendableWatch {
  private found: readonly string[] = [];
  private lookedAt = -Infinity;

  constructor(
    private readonly pool: Pool,
    private readonly kafka: KafkaAdmin,
  ) {}

  /**
   * @param arrivedAt when the last watermark came through, as `performance.now()`; null: none yet
   * @param isSnapshot whether the relay may be reading the outbox itself
   * @returns a sentence for each, with the command that takes it out of the way
   * @throws what PostgreSQL or Kafka answered
   */
  async look(arrivedAt: number | null, isSnapshot: boolean): Promise<readonly string[]> {
    const now = performance.now();
    if (arrivedAt !== null && now - arrivedAt < suspiciousAfterMs) {
      this.found = [];
    } else if (now - this.lookedAt >= lookEveryMs) {
      this.lookedAt = now;
      const client = await this.pool.connect();
      try {
        const rows = await findUnsendable(sqlOn(client), this.kafka, isSnapshot);
        this.found = rows.slice(0, named).map(unsendableSentence);
        client.release();
      } catch (error) {
        // Closing the connection also removes the copy of the slot, if there still is one.
        client.release(true);
        throw error;
      }
    }
    return this.found;
  }
}
