import type { Seen } from 'contracts/pipeline-faults';
import type { TopicsFound } from './topics';
import type { ConnectorFound } from './connect-rest';
import type { Slot } from './slot';

/** Everything the relay keeper knows at one instant. Plain values: `decide` and `notReady` need no more. */
export interface Observation {
  /** As `performance.now()`, like all times here: a clock that is set makes nothing old or young. */
  at: number;
  topics: Seen<TopicsFound>;
  /** null: Connect has no such connector. */
  connector: Seen<ConnectorFound | null>;
  /** By what the connector or its task last failed, until a watermark has come through since; null: by nothing. */
  failure: string | null;
  /** null: there is no such slot. */
  slot: Seen<Slot | null>;
  /** A snapshot is taken beside a slot that was there before it: commits may be in neither. */
  isBesideSlot: boolean;
  /** What cannot be sent and holds up the rest, a sentence each with the command that helps. */
  unsendable: readonly string[];
  watermark: {
    /** When the last row was written; null: none yet. */
    writtenAt: number | null;
    /** Why the last try wrote none; null: it did, or there was none yet. */
    failure: string | null;
    /** When one was last read from its topic; null: not yet. */
    arrivedAt: number | null;
  };
}
