import { commandOf } from 'contracts/commands';
import type { Comparison, Hop, HopName, HopState, Standstill } from 'contracts/pipeline';
import { type Fault, readingFaults, reasonOf } from 'contracts/pipeline-faults';
import type { ViewsState } from '../consistency/freshness';

/** The query service's own state at one instant, as plain values. */
export interface OwnState {
  readonly views: ViewsState;
  readonly notReady: readonly string[];
  /** Why reading has halted for good, with the command that ends that; null: it goes on. */
  readonly halted: string | null;
  /** How many offsets are in Kafka and not read yet; null when Kafka could not be asked. */
  readonly behind: number | null;
  /** The newest watermark that was read. */
  readonly arrived: string | null;
  readonly asOf: string | null;
  /** Seconds since `asOf`. */
  readonly staleSeconds: number | null;
  /** Answers that are older are `stale`. */
  readonly staleAfterSeconds: number;
  /** Why answers are stale; null while they are not. */
  readonly stale: string | null;
  readonly openDeadLetters: number;
  readonly eventsPerSecond: number;
}

/** The hops before the consumer, while the relay keeper does not answer. */
export function unknownRelay(): Hop[] {
  const names: HopName[] = ['outbox', 'slot', 'connector', 'topics'];
  return names.map((name) => ({
    name,
    state: 'unknown',
    reasons: ['unknown: the relay keeper does not answer'],
    rate: null,
    unit: 'events',
    lag: { count: null, seconds: null },
    facts: {},
  }));
}

/** The faults of reading from Kafka. What they mean is decided in contracts. Pure. */
export function consumerFaults({ halted, notReady, behind }: OwnState): Fault[] {
  return readingFaults({ halted, notReady, isKafkaThere: behind !== null });
}

/** The hop of reading from Kafka. Pure. */
export function consumerHop(own: OwnState): Hop {
  const { behind, halted, arrived, asOf } = own;
  const seconds = secondsBetween(asOf, arrived);
  const late = behind !== 0 && seconds !== null && seconds > own.staleAfterSeconds;
  const faults = consumerFaults(own);
  const reasons = [
    ...faults.map(reasonOf),
    ...(late && faults.length === 0 ? ['more arrives than is applied'] : []),
  ];
  return {
    name: 'consumer',
    state: halted !== null ? 'broken' : stateOf(reasons, behind === null ? 'unknown' : 'waiting'),
    reasons,
    rate: own.eventsPerSecond,
    unit: 'events',
    lag: { count: behind, seconds: behind === 0 ? 0 : seconds },
    facts: { 'newest watermark read': arrived, 'offsets behind': behind },
  };
}

/**
 * The hop of the answers. Pure.
 *
 * @param comparisons null when the relay keeper does not answer
 * @param standstill what holds up events before the views
 */
export function viewsHop(
  own: OwnState,
  comparisons: readonly Comparison[] | null,
  standstill: Standstill | null,
): Hop {
  const { views, stale, staleSeconds, openDeadLetters, asOf } = own;
  const differences = (comparisons ?? []).reduce((sum, one) => sum + one.differences, 0);
  const broken = [
    ...(views === 'untrusted'
      ? [`the numbers cannot be trusted: ${commandOf({ script: 'consumption', args: ['status'] })}`]
      : []),
    ...(openDeadLetters > 0
      ? [
          `${counted(openDeadLetters, 'parked event is', 'parked events are')} missing: ${commandOf({ script: 'dead-letters', args: ['list'] })}`,
        ]
      : []),
    ...(differences > 0
      ? [
          `${counted(differences, 'difference', 'differences')} from PostgreSQL, listed by: ${commandOf({ script: 'reconcile', args: [] })}`,
        ]
      : []),
  ];
  const waiting = [
    ...(views === 'catching-up' ? ['the numbers are not complete yet: events are still read'] : []),
    ...(stale === null ? [] : [standstill === null ? stale : `${stale}: ${standstill.cause}`]),
  ];
  return {
    name: 'views',
    state: broken.length > 0 ? 'broken' : stateOf(waiting, 'waiting'),
    reasons: [...broken, ...waiting],
    rate: own.eventsPerSecond,
    unit: 'events',
    lag: { count: openDeadLetters, seconds: staleSeconds },
    facts: {
      state: views,
      'as of': asOf,
      'parked events': openDeadLetters,
    },
  };
}

const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

const stateOf = (reasons: readonly string[], otherwise: HopState): HopState =>
  reasons.length === 0 ? 'ok' : otherwise;

function secondsBetween(earlier: string | null, later: string | null): number | null {
  if (earlier === null || later === null) return null;
  return Math.max(0, Date.parse(later) - Date.parse(earlier)) / 1_000;
}
