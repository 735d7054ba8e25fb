import type { OutboxPurge } from './purge/outbox-purge';
import type { ControlLoop } from './control-loop';
import type { HistoryWatch } from './history/watch';
import { missingForFailover } from './standbys';
import type { WatermarkWriter } from './watermark-writer';

/** The details of `GET /health/ready`, for people. */
export function details(
  { seen, restarts, slotsDropped, otherConnectors }: ControlLoop,
  { last }: WatermarkWriter,
  purge: OutboxPurge,
  { lostLog }: HistoryWatch,
): Record<string, unknown> {
  const now = performance.now();
  const secondsSince = (at: number | null | undefined): number | null =>
    at === null || at === undefined ? null : Math.round((now - at) / 100) / 10;
  const connector = seen?.connector.ok === true ? seen.connector.value : null;
  return {
    connector: connector && { state: connector.state },
    tasks: connector?.tasks ?? [],
    otherConnectors,
    slot: seen?.slot.ok === true ? seen.slot.value : null,
    watermark: {
      last: last?.watermark ?? null,
      secondsSinceWritten: secondsSince(last?.writtenAt),
      secondsSinceArrived: secondsSince(seen?.watermark.arrivedAt),
    },
    outbox: {
      rows: purge.rows,
      oldest: purge.oldest,
      purged: purge.purged,
      secondsSincePurge: secondsSince(purge.lastPassAt),
      // This is no fault: rows that are not purged are kept.
      purgeWaitsFor: purge.waitsFor,
      overdue: purge.overdueNames,
    },
    // What is missing so that a standby may take over now; null: there is none, as far as anybody has set one up.
    missingForFailover: missingForFailover(seen?.standbys),
    // Of the last promotion: commands that were answered without waiting for a standby may be gone with it.
    lostLog,
    restarts,
    slotsDropped,
  };
}
