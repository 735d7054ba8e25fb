import type { Comparison, Hop, HopName, HopState } from 'contracts/pipeline';
import type { ViewsState } from '../serving/serving-views';

/** A watermark comes every second: an answer that is older than this is told to be old. */
const staleAfterSeconds = 5;

/** What the query service knows of itself at one instant. Plain values. */
export interface OwnState {
  readonly views: ViewsState;
  readonly notReady: readonly string[];
  readonly halted: boolean;
  /** Offsets that are in Kafka and not read yet; null: Kafka could not be asked. */
  readonly behind: number | null;
  /** The newest watermark that was read. */
  readonly arrived: string | null;
  readonly asOf: string | null;
  /** Since `asOf`. */
  readonly staleSeconds: number | null;
  readonly openDeadLetters: number;
  readonly openGaps: number;
  readonly eventsPerSecond: number;
}

/** The hops before the consumer, while nobody tells about them. */
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

/** Reading from Kafka. Pure. */
export function consumerHop(own: OwnState): Hop {
  const { behind, notReady, halted, arrived, asOf } = own;
  const seconds = secondsBetween(asOf, arrived);
  const late = behind !== 0 && seconds !== null && seconds > staleAfterSeconds;
  const reasons = [
    ...notReady,
    ...(behind === null ? ['Kafka does not tell how far reading is behind'] : []),
    ...(late && notReady.length === 0 ? ['more arrives than is applied'] : []),
  ];
  return {
    name: 'consumer',
    state: halted ? 'broken' : stateOf(reasons, behind === null ? 'unknown' : 'waiting'),
    reasons,
    rate: own.eventsPerSecond,
    unit: 'events',
    lag: { count: behind, seconds: behind === 0 ? 0 : seconds },
    facts: { 'newest watermark read': arrived, 'offsets behind': behind },
  };
}

/** The answers themselves. Pure. @param comparisons null: the relay keeper does not answer */
export function viewsHop(own: OwnState, comparisons: readonly Comparison[] | null): Hop {
  const { views, staleSeconds, openDeadLetters, openGaps, asOf } = own;
  const differences = (comparisons ?? []).reduce((sum, one) => sum + one.differences, 0);
  const broken = [
    ...(views === 'untrusted'
      ? ['the numbers cannot be trusted: npm run consumption -- status']
      : []),
    ...(openDeadLetters > 0
      ? [`${openDeadLetters} parked events are missing: npm run dead-letters -- list`]
      : []),
    ...(differences > 0
      ? [`${differences} differences from PostgreSQL: npm run reconcile lists them`]
      : []),
  ];
  const waiting = [
    ...(views === 'catching-up' ? ['the numbers are not complete yet: events are still read'] : []),
    ...(asOf === null ? ['how fresh the numbers are is not known yet'] : []),
    ...(staleSeconds !== null && staleSeconds > staleAfterSeconds
      ? ['the numbers stand still: no newer watermark has come through']
      : []),
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
      'version gaps': openGaps,
    },
  };
}

const stateOf = (reasons: readonly string[], otherwise: HopState): HopState =>
  reasons.length === 0 ? 'ok' : otherwise;

function secondsBetween(earlier: string | null, later: string | null): number | null {
  if (earlier === null || later === null) return null;
  return Math.max(0, Date.parse(later) - Date.parse(earlier)) / 1_000;
}
