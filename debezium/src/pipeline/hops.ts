import { commandOf } from 'contracts/commands';
import { type Hop, type HopName, mayFailOver, type Standstill } from 'contracts/pipeline';
import { reasonOf, standstillOf } from 'contracts/pipeline-faults';
import type { Observation } from '../observation';
import { faultsOf, type Wanted } from '../readiness';
import { missingForFailover } from '../standbys';
import type { Flow } from './flow';

/**
 * The keeper observes once a second, more often while something is wrong; an older observation is not reported as
 * current.
 */
const staleAfterMs = 10_000;

/** The purge's knowledge of the outbox. */
interface OutboxSeen {
  readonly rows: number | null;
  readonly oldest: Date | null;
  readonly overdueNames: readonly string[];
}

/** The keeper's knowledge of the relay at one instant. */
interface RelayState {
  /** Undefined until the first observation. */
  readonly seen: Observation | undefined;
  readonly outbox: OutboxSeen;
  readonly flow: Flow;
  /** From `performance.now()`. */
  readonly now: number;
  readonly wanted: Wanted;
}

/** The hops from the outbox to the topics. Pure. */
export function relayHops({ seen, outbox, flow, now, wanted }: RelayState): Hop[] {
  if (seen === undefined) return unknownHops('the relay keeper has not looked yet');
  if (now - seen.at > staleAfterMs) return unknownHops('the relay keeper has stopped looking');
  const { waiting, waitingSeconds, written, topics } = flow;
  const slot = seen.slot.ok ? seen.slot.value : null;
  const missing = missingForFailover(seen.standbys);
  const connector = seen.connector.ok ? seen.connector.value : null;
  const arrived = secondsSince(seen.watermark.arrivedAt, now);
  const faults = faultsOf(seen, now, wanted);
  // While the relay stands still, what waits in the outbox is late and not lost.
  const stands = standstillOf(faults, null) !== null;
  const reasonsOf = (name: HopName): string[] =>
    faults.filter((fault) => fault.hop === name).map(reasonOf);
  return [
    hop('outbox', 'events', [...reasonsOf('outbox'), ...(stands ? [] : overdue(outbox))], {
      rate: written,
      lag: {
        count: waiting,
        seconds: waiting === 0 ? 0 : waitingSeconds,
      },
      facts: { 'rows kept': outbox.rows, 'oldest row': isoOrNull(outbox.oldest) },
    }),
    hop('slot', 'bytes', reasonsOf('slot'), {
      rate: null,
      lag: { count: slot?.retainedBytes ?? null, seconds: null },
      facts: {
        state: slot === null ? null : slot.active ? 'active' : 'inactive',
        WAL: slot?.walStatus ?? null,
        'WAL kept, bytes': slot?.retainedBytes ?? null,
        ...(missing && {
          [mayFailOver]: missing.length === 0 ? 'yes' : `no: ${missing.join('; ')}`,
        }),
      },
    }),
    hop('connector', 'events', reasonsOf('connector'), {
      rate: null,
      lag: { count: null, seconds: arrived },
      facts: {
        connector: connector?.state ?? null,
        tasks: connector?.tasks.map(({ state }) => state).join(', ') || null,
        'seconds since a watermark came through': arrived,
      },
    }),
    hop('topics', 'offsets', reasonsOf('topics'), {
      rate: topics?.perSecond ?? null,
      lag: { count: null, seconds: null },
      facts: Object.fromEntries(
        Object.entries(topics?.ends ?? {}).map(([topic, end]) => [`end of ${topic}`, end]),
      ),
    }),
  ];
}

/** What holds up events before they reach a topic; null: nothing does, or there is no recent observation. Pure. */
export function relayStandstill(
  seen: Observation | undefined,
  now: number,
  wanted: Wanted,
  arrived: Date | null,
): Standstill | null {
  if (seen === undefined || now - seen.at > staleAfterMs) return null;
  return standstillOf(faultsOf(seen, now, wanted), isoOrNull(arrived));
}

function unknownHops(reason: string): Hop[] {
  const names: HopName[] = ['outbox', 'slot', 'connector', 'topics'];
  return names.map((name) => ({
    name,
    state: 'unknown',
    reasons: [reason],
    rate: null,
    unit: 'events',
    lag: { count: null, seconds: null },
    facts: {},
  }));
}

function hop(
  name: HopName,
  unit: Hop['unit'],
  reasons: readonly string[],
  rest: Pick<Hop, 'rate' | 'lag' | 'facts'>,
): Hop {
  return { name, unit, state: reasons.length === 0 ? 'ok' : 'broken', reasons, ...rest };
}

function overdue({ overdueNames }: OutboxSeen): string[] {
  if (overdueNames.length === 0) return [];
  const reemit = commandOf({ script: 'reemit', args: overdueNames });
  return [`events are not in Kafka, or came there late: ${reemit}`];
}

function secondsSince(at: number | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.round((now - at) / 100) / 10);
}

const isoOrNull = (time: Date | null): string | null => time?.toISOString() ?? null;
