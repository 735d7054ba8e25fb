/**
 * How the pipeline does, hop by hop, as `GET /api/pipeline` tells it: the dashboard and `npm run status`
 * show the same answer. What nobody has seen lately is `unknown`: an old number is never told as a new one.
 */

/** The hops in the order of an event's way. */
export const hopNames = ['outbox', 'slot', 'connector', 'topics', 'consumer', 'views'] as const;
export type HopName = (typeof hopNames)[number];

/** `waiting` mends itself; `broken` does not do its job; `unknown`: who watches it does not answer. */
export type HopState = 'ok' | 'waiting' | 'broken' | 'unknown';

export interface Hop {
  readonly name: HopName;
  readonly state: HopState;
  /** Why it is not `ok`, one sentence each. */
  readonly reasons: readonly string[];
  /** What went through it per second over the last ten seconds; null: not known, or not counted here. */
  readonly rate: number | null;
  /** What `rate` and `lag.count` count. */
  readonly unit: 'events' | 'offsets' | 'bytes';
  /** What has come to this hop and has not gone through it. */
  readonly lag: { readonly count: number | null; readonly seconds: number | null };
  /** Further numbers and states, for people, by a name of a few words. */
  readonly facts: Readonly<Record<string, string | number | null>>;
}

/** A fact of the slot where a standby is asked for: `yes`, or what is missing. */
export const mayFailOver = 'a standby may take over';

/** Why events stand still in front of a hop. What decides it is `pipeline-faults.ts`. */
export interface Standstill {
  readonly hop: HopName;
  /** What is wrong, a sentence without its full stop. */
  readonly cause: string;
  /** What they wait behind: "the paused connector". */
  readonly behind: string;
  /** A command that ends it, or what does so by itself; null: the cause says it. */
  readonly cure: string | null;
  /** Nothing that was committed later has come through, ISO-8601 UTC; null: not known. */
  readonly since: string | null;
}

/** A comparison of one replica's views with PostgreSQL by the relay keeper. */
export interface Comparison {
  /** The replica's admin listener. */
  readonly replica: string;
  /** When the last one ended, ISO-8601 UTC; null: none yet. */
  readonly at: string | null;
  /** Aggregates that were compared then. */
  readonly compared: number;
  /** Open differences, of all parts that were compared so far. */
  readonly differences: number;
  /** Aggregates whose newest event stood before a hop then: no differences. */
  readonly waiting: number;
  /** Why there is no newer one; null when nothing is in its way. */
  readonly trouble: string | null;
}

/** What the relay keeper answers at `GET /pipeline`: the hops before the consumer. */
export interface RelayPipeline {
  /** When it last looked, ISO-8601 UTC by its clock. */
  readonly at: string | null;
  readonly hops: readonly Hop[];
  /** Null: nothing stands still from the outbox to the topics. */
  readonly standstill: Standstill | null;
  readonly comparisons: readonly Comparison[];
}

export interface Pipeline {
  /** When this answer was made, ISO-8601 UTC by the query service's clock. */
  readonly at: string;
  /** The worst of all hops. */
  readonly state: HopState;
  readonly hops: readonly Hop[];
  /** What holds events up; null: nothing does, as far as is known. */
  readonly standstill: Standstill | null;
  /** The views include every command committed before this instant; null: not known. */
  readonly asOf: string | null;
  /** Seconds since `asOf`, between PostgreSQL's clock and the query service's; null: not known. */
  readonly staleSeconds: number | null;
  /** Why answers are older than the query service's bound; null while they are not. */
  readonly stale: string | null;
  /** Records that could not be applied and are missing in the views. */
  readonly openDeadLetters: number;
  /** Null: the relay keeper does not answer. */
  readonly comparisons: readonly Comparison[] | null;
  /** Grows when a view may have changed; another process starts from another number. */
  readonly changes: number;
}

const badness: readonly HopState[] = ['ok', 'waiting', 'unknown', 'broken'];

/** The worst state of these hops: broken before unknown before waiting before ok. */
export function worstOf(hops: readonly Hop[]): HopState {
  return hops.reduce<HopState>(
    (worst, { state }) => (badness.indexOf(state) > badness.indexOf(worst) ? state : worst),
    'ok',
  );
}
