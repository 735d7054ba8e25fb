import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf } from 'contracts/commands';
import type { KafkaConnection } from 'kafka-client/connection';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { reason } from 'service-kit/command-errors';
import { failpoint } from 'service-kit/failpoints';
import type { Sql } from 'service-kit/sql';
import { failpoints } from '../failpoints';
import type { StateLog } from '../state-log';
import {
  deleteRows,
  outboxSize,
  type OverdueRow,
  type RelayedEvent,
  rowsBefore,
} from './outbox-rows';
import { type Positions, readBack } from './relayed-events';

/** Rows per statement: few enough that none holds its locks for long. */
const rowsAtOnce = 1_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** How many overdue rows are looked for, and how many of them are named. */
const overdueLimit = 1_000;
const named = 10;
/** How often the records of overdue rows are searched for again, from the oldest row's time on. */
const searchAgainMs = 24 * hourMs;

interface OutboxPurgeOptions {
  readonly sql: Sql;
  readonly connection: KafkaConnection;
  /** The event topics. */
  readonly topics: readonly string[];
  /** The age of both the record (by the keeper's clock) and the row (by PostgreSQL's); 0: rows are kept. */
  readonly retentionMs: number;
  /** The relay's faults: while there are any, nothing is deleted. */
  readonly relayFaults: () => readonly string[];
  /** Receives the faults at each turn. */
  readonly states: StateLog;
}

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
  /** When the last complete pass ended, from `performance.now()`. */
  lastPassAt: number | undefined;
  /** Null: not counted yet. */
  rows: number | null = null;
  oldest: Date | null = null;
  /** Rows that should have been purged by now: their events were not read back, or only a short time ago. */
  overdue: readonly OverdueRow[] = [];

  private readonly admin: KafkaAdmin;
  private readonly positions = new Map<string, Positions>();
  /** From `performance.now()`. */
  private searchedAt = 0;
  private readonly stopping = new AbortController();

  constructor(private readonly options: OutboxPurgeOptions) {
    this.admin = new KafkaAdmin(options.connection, 'outbox-purge');
  }

  /** Never throws: what is wrong is told once, and the next turn tries again. */
  async turn(): Promise<number> {
    const { retentionMs, states } = this.options;
    const interval = Math.min(minuteMs, Math.max(1_000, retentionMs / 10));
    try {
      await this.look();
      if (retentionMs === 0) {
        this.waitsFor = ['OUTBOX_RETENTION_HOURS=0: rows are kept for ever'];
        return minuteMs;
      }
      await this.pass();
      this.waitsFor = [];
      states.report('purge', this.overdue.length === 0 ? [] : [this.overdueSentence()]);
      return interval;
    } catch (error) {
      this.waitsFor = [reason(error)];
      if (!(error instanceof NotSound)) {
        states.report('purge', [`nothing is purged: ${reason(error)}`]);
      }
      return Math.min(interval, 10_000);
    }
  }

  /** One pass over the records that have reached the age since the last pass. @throws why none is possible now */
  async pass(): Promise<void> {
    this.requireSoundRelay();
    const { sql, topics, retentionMs } = this.options;
    const started = performance.now();
    if (this.overdue.length > 0 && started - this.searchedAt > searchAgainMs)
      this.positions.clear();
    if (this.positions.size === 0) this.searchedAt = started;
    // Records and rows carry times of day. Even if this clock is ahead, no row is deleted that is young by
    // PostgreSQL's.
    const now = Date.now();
    const { oldest } = this;
    if (oldest !== null) {
      for (const topic of topics) await this.purgeTopic(topic, oldest, now);
    }
    const due = new Date(now - retentionMs - Math.min(hourMs, retentionMs));
    this.overdue = await rowsBefore(sql, due, overdueLimit);
    this.lastPassAt = performance.now();
    await this.look();
  }

  /** The first overdue rows, as arguments of `reemit`: `order:17@1`. */
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
    const { connection, retentionMs } = this.options;
    // The margin keeps a record from being passed over that is due by this clock and not yet by PostgreSQL's.
    const margin = Math.min(minuteMs, retentionMs / 10);
    // A record's time is when Connect read the row, by Connect's clock.
    const end = await this.admin.offsetsAt(topic, new Date(now - retentionMs - margin));
    let from = this.positions.get(topic);
    if (from === undefined) {
      // No record is older than its row, except by the difference of the clocks.
      from = await this.admin.offsetsAt(topic, new Date(oldest.getTime() - hourMs));
      this.positions.set(topic, from);
    }
    const { signal } = this.stopping;
    const receive = (events: RelayedEvent[]): Promise<void> => this.deleteAll(topic, events);
    await readBack(connection, { topic, from, to: end, receive, signal });
  }

  private async deleteAll(topic: string, events: readonly RelayedEvent[]): Promise<void> {
    const { sql, retentionMs } = this.options;
    for (let at = 0; at < events.length; at += rowsAtOnce) {
      await failpoint(failpoints.purgeRead);
      this.requireSoundRelay();
      const started = performance.now();
      const batch = events.slice(at, at + rowsAtOnce);
      this.purged += await deleteRows(sql, topic, batch, retentionMs);
      // The purge works at most half of the time, because commands come first.
      const { signal } = this.stopping;
      await sleep(performance.now() - started, undefined, { signal }).catch(() => undefined);
    }
  }

  private requireSoundRelay(): void {
    this.stopping.signal.throwIfAborted();
    const faults = this.options.relayFaults();
    if (faults.length > 0) throw new NotSound(faults.join('; '));
  }

  private async look(): Promise<void> {
    const { rows, oldest } = await outboxSize(this.options.sql);
    this.rows = rows;
    this.oldest = oldest;
  }

  private overdueSentence(): string {
    const more = this.overdue.length > named ? ' …' : '';
    const names = `${this.overdueNames.join(' ')}${more}`;
    return `outbox rows stay beyond their time, their events are not in Kafka, or came there late: ${commandOf({ script: 'reemit', args: [names] })}`;
  }
}

/** The relay does not do its job at present; the purge itself has not failed. */
class NotSound extends Error {
  override name = 'NotSound';
}
