import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DeadLetterCounts } from '../model/dead-letter';
import type { Event } from '../model/event';
import type { Folded } from '../model/changes';
import type { RowsWritten } from '../store/view-store';
import { RecentEvents } from './recent-events';
import { Traffic } from './traffic';

/** Counts at `/metrics` what was applied since the process started. */
export class ApplyMetrics {
  readonly registry = new Registry();
  /** How busy this process is now. */
  readonly traffic = new Traffic();
  readonly recent = new RecentEvents();
  private readonly applied = this.counter('events_applied_total', 'Events that changed a view');
  private readonly duplicates = this.counter(
    'events_duplicate_total',
    'Events whose version was not newer than the applied one: they changed nothing',
  );
  private readonly gaps = this.counter(
    'version_gaps_total',
    'Versions that jumped by more than 1: an event between them is late, parked or lost',
  );
  private readonly parked = this.counter('events_parked_total', 'Events that could not be applied');
  private readonly rows = new Counter({
    name: 'view_rows_written_total',
    help: "Rows that were inserted or updated, by the views' tables",
    labelNames: ['table'],
    registers: [this.registry],
  });
  private readonly deadLetterGauge = new Gauge({
    name: 'dead_letters',
    help: 'Records that could not be applied, by state; what an open one holds is missing in the views',
    labelNames: ['state'],
    registers: [this.registry],
  });
  private readonly halted = new Gauge({
    name: 'consumption_halted',
    help: '1 while reading has halted until an operator decides; /health/ready says why',
    registers: [this.registry],
  });
  private readonly seconds = new Histogram({
    name: 'apply_batch_seconds',
    help: 'Seconds from taking a batch up to its commit',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [this.registry],
  });
  private readonly sizes = new Histogram({
    name: 'apply_batch_events',
    help: 'Events that one transaction has applied',
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000],
    registers: [this.registry],
  });
  private readonly visible = new Histogram({
    name: 'commit_to_visible_seconds',
    help: "Seconds from a command's write (PostgreSQL's clock) to the commit that shows it (this machine's clock), for the oldest event of each batch",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.registry],
  });
  #deadLetters: DeadLetterCounts = { open: 0, healed: 0, redriven: 0, discarded: 0 };

  get deadLetters(): DeadLetterCounts {
    return this.#deadLetters;
  }

  set deadLetters(counts: DeadLetterCounts) {
    this.#deadLetters = counts;
    for (const [state, count] of Object.entries(counts)) this.deadLetterGauge.set({ state }, count);
  }

  /** Parked records that are missing in the views. */
  get openDeadLetters(): number {
    return this.#deadLetters.open;
  }

  set isHalted(halted: boolean) {
    this.halted.set(Number(halted));
  }

  batchApplied(folded: Folded, parked: number, written: RowsWritten, milliseconds: number): void {
    this.applied.inc(folded.applied);
    this.duplicates.inc(folded.duplicates);
    this.gaps.inc(folded.gaps.length);
    this.parked.inc(parked);
    for (const [table, rows] of written) this.rows.inc({ table }, rows);
    this.seconds.observe(milliseconds / 1000);
    this.traffic.note(folded.applied + folded.duplicates + parked, newOrdersOf(folded));
  }

  /**
   * Counts a batch that is committed now: one observation for the event that waited longest, not one for each.
   */
  batchVisible(events: readonly Event[], now: number): void {
    this.sizes.observe(events.length);
    this.recent.note(events, new Date(now));
    let oldest = events[0]?.occurredAt;
    if (oldest === undefined) return;
    // Compared as text: all times of the contract have the same form.
    for (const { occurredAt } of events) if (occurredAt < oldest) oldest = occurredAt;
    this.visible.observe(Math.max(0, now - Date.parse(oldest)) / 1_000);
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}

/** Orders that were seen for the first time. */
function newOrdersOf({ changes }: Folded): number {
  return changes.orders.reduce((count, { from }) => (from === null ? count + 1 : count), 0);
}
