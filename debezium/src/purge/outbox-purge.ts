import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Pool } from 'pg';
import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../failpoints';
import { KafkaAdmin } from '../kafka-admin';
import { reason } from '../reason';
import type { StateLog } from '../state-log';
import {
  deleteRows,
  outboxSize,
  type OverdueRow,
  type RelayedEvent,
  rowsBefore,
} from './outbox-rows';
import { type Positions, positionsAt, readBack } from './relayed-events';

/** Few enough that no statement holds its locks for long. */
const rowsAtOnce = 1_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Overdue rows that are looked for, and those of them that are named. */
const overdueLimit = 1_000;
const named = 10;
/** While rows are overdue, their records are searched for again this often, from the oldest row's time on. */
const searchAgainMs = 24 * hourMs;

/**
 * Deletes outbox rows after their retention time, on one kind of evidence only: the event was read back from
 * its topic, committed. So a row whose event is not in Kafka stays, whatever happened to slot, connector,
 * offsets, clocks or to this process. It keeps no state that must not be lost: a new start begins at the time
 * of the oldest row.
 */
export class OutboxPurge {
  /** Why nothing is purged at present, one sentence each. */
  waitsFor: readonly string[] = ['the first look'];
  purged = 0;
  /** When a pass has last come to its end, by the keeper's clock. */
  lastPassAt: number | undefined;
  rows: number | undefined;
  oldest: Date | null = null;
  /** Older than they should be: their events were not read back, or only a short time ago. */
  overdue: readonly OverdueRow[] = [];

  private readonly admin: KafkaAdmin;
  private readonly kafka: Kafka;
  private readonly positions = new Map<string, Positions>();
  private searchedAt = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly pool: Pool,
    brokers: string[],
    private readonly topics: readonly string[],
    /** Of the record by the keeper's clock and of the row by PostgreSQL's: both must be older. */
    private readonly retentionMs: number,
    /** What is wrong with the relay: then what is there stays there. */
    private readonly relayFaults: () => readonly string[],
    private readonly states: StateLog,
  ) {
    this.admin = new KafkaAdmin(brokers);
    this.kafka = new Kafka({
      clientId: 'outbox-purge',
      brokers,
      logLevel: logLevel.NOTHING,
      connectionTimeout: 3_000,
      retry: { retries: 2 },
    });
  }

  /** Never throws: what is wrong is told once, and the next turn tries again. */
  async turn(): Promise<number> {
    const interval = Math.min(minuteMs, Math.max(1_000, this.retentionMs / 10));
    try {
      await this.look();
      if (this.retentionMs === 0) {
        this.waitsFor = ['OUTBOX_RETENTION_HOURS=0: rows are kept for ever'];
        return minuteMs;
      }
      await this.pass();
      this.waitsFor = [];
      this.states.report('purge', this.overdue.length === 0 ? [] : [this.overdueSentence()]);
      return interval;
    } catch (error) {
      this.waitsFor = [reason(error)];
      if (!(error instanceof NotSound)) {
        this.states.report('purge', [`nothing is purged: ${reason(error)}`]);
      }
      return Math.min(interval, 10_000);
    }
  }

  /** One pass over what has come of age since the last one. @throws why it cannot be done at present */
  async pass(): Promise<void> {
    this.requireSoundRelay();
    const now = Date.now();
    if (this.overdue.length > 0 && now - this.searchedAt > searchAgainMs) this.positions.clear();
    if (this.positions.size === 0) this.searchedAt = now;
    const { oldest } = this;
    if (oldest !== null) {
      for (const topic of this.topics) await this.purgeTopic(topic, oldest, now);
    }
    const due = new Date(now - this.retentionMs - Math.min(hourMs, this.retentionMs));
    this.overdue = await rowsBefore(this.pool, due, overdueLimit);
    this.lastPassAt = Date.now();
    await failpoint(failpoints.purgePassEnded);
    await this.look();
  }

  /** The first of what is overdue, as `reemit` takes it: `order:17@1`. */
  get overdueNames(): string[] {
    return this.overdue.slice(0, named).map((row) => `${row.kind}:${row.id}@${row.version}`);
  }

  /** Cuts the pass under way: it ends without having done all. */
  abort(): void {
    this.stopping.abort(new NotSound('the keeper stops'));
  }

  async close(): Promise<void> {
    await this.admin.close();
  }

  private async purgeTopic(topic: string, oldest: Date, now: number): Promise<void> {
    // A record that was due by this clock and not by PostgreSQL's would be passed over.
    const margin = Math.min(minuteMs, this.retentionMs / 10);
    const end = await positionsAt(this.admin, topic, new Date(now - this.retentionMs - margin));
    let from = this.positions.get(topic);
    if (from === undefined) {
      // Nothing of a row stands in Kafka before it was written; clocks differ.
      from = await positionsAt(this.admin, topic, new Date(oldest.getTime() - hourMs));
      this.positions.set(topic, from);
    }
    const { signal } = this.stopping;
    await readBack(this.kafka, topic, from, end, signal, (events) => this.deleteAll(topic, events));
  }

  private async deleteAll(topic: string, events: readonly RelayedEvent[]): Promise<void> {
    for (let at = 0; at < events.length; at += rowsAtOnce) {
      await failpoint(failpoints.purgeRead);
      this.requireSoundRelay();
      const started = performance.now();
      const batch = events.slice(at, at + rowsAtOnce);
      this.purged += await deleteRows(this.pool, topic, batch, this.retentionMs);
      await failpoint(failpoints.purgeDeleted);
      // At most half of the time: commands come first.
      const { signal } = this.stopping;
      await sleep(performance.now() - started, undefined, { signal }).catch(() => undefined);
    }
  }

  private requireSoundRelay(): void {
    this.stopping.signal.throwIfAborted();
    const faults = this.relayFaults();
    if (faults.length > 0) throw new NotSound(faults.join('; '));
  }

  private async look(): Promise<void> {
    const { rows, oldest } = await outboxSize(this.pool);
    this.rows = rows;
    this.oldest = oldest;
  }

  private overdueSentence(): string {
    const more = this.overdue.length > named ? ' …' : '';
    const names = `${this.overdueNames.join(' ')}${more}`;
    return `outbox rows stay beyond their time, their events are not in Kafka, or came there late: npm run reemit -- ${names}`;
  }
}

/** The relay does not do its job at present. No failure of the purge. */
class NotSound extends Error {
  override name = 'NotSound';
}
