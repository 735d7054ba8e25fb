import type { Registry } from 'prom-client';
import { countersOf, gaugesOf } from 'service-kit/gauges';
import type { OutboxPurge } from './outbox-purge';

/** The outbox's size and what the purge does about it, read when they are asked for. */
export function purgeMetrics(registry: Registry, purge: OutboxPurge): void {
  const gauge = gaugesOf(registry);
  const seconds = (at: number | undefined): number =>
    at === undefined ? NaN : (Date.now() - (performance.now() - at)) / 1_000;

  gauge('outbox_rows', 'Rows of the outbox, as PostgreSQL estimates it', () => purge.rows ?? NaN);
  gauge(
    'outbox_oldest_row_age_seconds',
    'Seconds since the oldest row was written; 0: there is none',
    () => (purge.oldest === null ? 0 : (Date.now() - purge.oldest.getTime()) / 1_000),
  );
  gauge(
    'outbox_overdue_rows',
    'Rows beyond their time, because their events were not found in Kafka; at most 1000',
    () => purge.overdue.length,
  );
  gauge('outbox_purge_waiting', '1 while nothing is purged; /health/ready says why', () =>
    Number(purge.waitsFor.length > 0),
  );
  gauge(
    'outbox_purge_last_success_timestamp_seconds',
    'When a purge was last completed, in seconds since 1970',
    () => seconds(purge.lastPassAt),
  );
  countersOf(registry)(
    'outbox_purged_rows_total',
    'Rows deleted by this keeper',
    () => purge.purged,
  );
}
