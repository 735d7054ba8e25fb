import type { ConnectorManagement } from 'contracts/commands';
import { type Fault, reasonOf } from 'contracts/pipeline-faults';
import { type ConnectorConfig, differingSettings } from './connect-rest';
import type { Observation } from './observation';
import { relayFaults } from './relay-faults';

/** The loop observes every second; an observation this old means that it hangs. */
const staleAfterMs = 30_000;
const unwrittenAfterMs = 5_000;
/** When no watermark has come through for this long, the relay moves nothing, whatever state it reports. */
const unarrivedAfterMs = 10_000;

/** How the relay should be. */
export interface Wanted extends ConnectorManagement {
  readonly connector: ConnectorConfig;
}

/**
 * The reasons why the relay does not do its job, a sentence each; empty when it does. Pure.
 *
 * @param now from `performance.now()`
 */
export function notReady(seen: Observation | undefined, now: number, wanted: Wanted): string[] {
  if (seen === undefined) return ['the keeper has not looked yet'];
  return [
    ...(now - seen.at > staleAfterMs ? ['the keeper has stopped looking'] : []),
    ...new Set(faultsOf(seen, now, wanted).map(reasonOf)),
  ];
}

/** The faults from the outbox to the topics, causes first. Pure. */
export function faultsOf(seen: Observation, now: number, wanted: Wanted): Fault[] {
  const { connector, standbys, watermark } = seen;
  const found = connector.ok ? connector.value : null;
  const isUnwritten = olderThan(watermark.writtenAt, unwrittenAfterMs, now);
  return relayFaults(
    {
      ...seen,
      // The relay waits for standbys only where they keep its slot.
      awaited: standbys.ok && standbys.value.keepSlot ? standbys.value.away : [],
      differences: found === null ? [] : differingSettings(found.config, wanted.connector),
      unwritten: isUnwritten ? (watermark.failure ?? 'PostgreSQL has not answered yet') : null,
      isUnarrived: olderThan(watermark.arrivedAt, unarrivedAfterMs, now),
    },
    wanted,
  );
}

const olderThan = (at: number | null, ms: number, now: number): boolean =>
  at === null || now - at > ms;
