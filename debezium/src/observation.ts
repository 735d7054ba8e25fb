import type { TopicsFound } from './topics';
import type { ConnectorFound } from './connect-rest';
import type { HistorySeen } from './history/judge';
import type { Seen } from './seen';
import type { Slot } from './slot';
import type { Standbys } from './standbys';

/** Everything the relay keeper knows at one instant, as plain values: the input of `decide` and `notReady`. */
export interface Observation {
  /** From `performance.now()`, like all times here, so that setting the clock changes no age. */
  at: number;
  topics: Seen<TopicsFound>;
  /** Null when Connect has no such connector. */
  connector: Seen<ConnectorFound | null>;
  /** The last failure of the connector or its task, until a watermark comes through after it; null: none. */
  failure: string | null;
  /** In which history PostgreSQL runs. */
  history: Seen<HistorySeen>;
  standbys: Seen<Standbys>;
  /** Null when there is no such slot. */
  slot: Seen<Slot | null>;
  /** Whether a snapshot is being taken beside a slot that existed before it: commits may be in neither. */
  isBesideSlot: boolean;
  /** The rows that cannot be sent and hold up the rest: a sentence each, with the command that helps. */
  unsendable: readonly string[];
  watermark: {
    /** When the last row was written; null: none yet. */
    writtenAt: number | null;
    /** Why the last attempt wrote none; null when it did, or before the first attempt. */
    failure: string | null;
    /** When one was last read from its topic; null: not yet. */
    arrivedAt: number | null;
  };
}
