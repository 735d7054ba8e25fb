import type { Registry } from 'prom-client';
import { countersOf, gaugesOf } from 'service-kit/gauges';
import type { ControlLoop } from './control-loop';
import { missingForFailover } from './standbys';

/** What the keeper sees of the relay, as gauges that are read when they are asked for. */
export function relayMetrics(
  registry: Registry,
  loop: ControlLoop,
  whatIsWrong: () => readonly string[],
): void {
  const gauge = gaugesOf(registry);
  const count = countersOf(registry);
  const connector = () => (loop.seen?.connector.ok ? loop.seen.connector.value : null);
  const slot = () => (loop.seen?.slot.ok ? loop.seen.slot.value : null);
  const age = (at: number | null | undefined): number =>
    at === null || at === undefined ? NaN : (performance.now() - at) / 1_000;

  gauge('relay_ready', '1 while /health/ready says so', () => Number(whatIsWrong().length === 0));
  gauge('relay_connector_up', '1 while Connect says that the connector is RUNNING', () =>
    Number(connector()?.state === 'RUNNING'),
  );
  gauge(
    'relay_tasks_running',
    'Tasks of the connector that are RUNNING',
    () => connector()?.tasks.filter(({ state }) => state === 'RUNNING').length ?? 0,
  );
  gauge(
    'relay_failed',
    'How many of the connector and its tasks Connect reports as FAILED',
    () =>
      [connector(), ...(connector()?.tasks ?? [])].filter((part) => part?.state === 'FAILED')
        .length,
  );
  gauge('relay_slot_active', '1 while somebody reads the slot', () => Number(slot()?.active ?? 0));
  gauge('relay_slot_lost', '1 while PostgreSQL has removed WAL that the slot needed', () =>
    Number(slot()?.walStatus === 'lost'),
  );
  gauge(
    'relay_failover_prepared',
    '1 while a standby may take over and nothing that a client was told is lost; NaN where no standby is asked for',
    () => {
      const missing = missingForFailover(loop.seen?.standbys);
      return missing === null ? NaN : Number(missing.length === 0);
    },
  );
  gauge(
    'relay_history_accepted',
    '0 while PostgreSQL runs in a history that nobody has accepted, and commands are refused',
    () => Number(!(loop.seen?.history.ok === true && loop.seen.history.value.kind === 'closed')),
  );
  gauge(
    'relay_slot_retained_bytes',
    'WAL that PostgreSQL keeps for the slot; NaN when it is not known',
    () => slot()?.retainedBytes ?? NaN,
  );
  gauge('relay_watermark_written_age_seconds', 'Seconds since the last watermark was written', () =>
    age(loop.seen?.watermark.writtenAt),
  );
  gauge(
    'relay_watermark_arrived_age_seconds',
    'Seconds since a watermark last came through its topic',
    () => age(loop.seen?.watermark.arrivedAt),
  );
  count('relay_restarts_total', 'Restarts of the connector by this keeper', () => loop.restarts);
  count('relay_slots_dropped_total', 'Lost slots dropped by this keeper', () => loop.slotsDropped);
}
