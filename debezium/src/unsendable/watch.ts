import type { Pool } from 'pg';
import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import { KafkaRefusal } from 'kafka-client/refusal';
import { sqlOn } from 'service-kit/sql';
import { reason } from '../reason';
import { findSlot } from '../slot';
import type { StateLog } from '../state-log';
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
    private readonly states: StateLog,
  ) {}

  /** A sentence for each row found, with the command that takes it out of the way; none while the relay moves. */
  get found(): readonly string[] {
    return this.isStill() ? this.last : [];
  }

  /** Never throws: it logs a failure once, and the next turn looks again. */
  async turn(): Promise<number> {
    try {
      this.last = this.isStill() ? await this.look() : [];
      this.states.report('unsendable rows', []);
    } catch (error) {
      this.last = [];
      // Who asks for the topics has said it already.
      const isSaid = error instanceof KafkaRefusal && error.isOfAll;
      const line = `could not look for events that cannot be sent: ${reason(error)}`;
      this.states.report('unsendable rows', isSaid ? [] : [line]);
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
