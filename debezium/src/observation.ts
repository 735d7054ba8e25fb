import type { TopicsFound } from './topics';
import type { ConnectorFound } from './connect-rest';
import type { Slot } from './slot';

/** What a neighbour showed, or why it could not be asked. */
export type Seen<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Everything the relay keeper knows at one instant. Plain values: `decide` and `notReady` need no more. */
export interface Observation {
  /** Milliseconds of the keeper's clock. */
  at: number;
  topics: Seen<TopicsFound>;
  /** null: Connect has no such connector. */
  connector: Seen<ConnectorFound | null>;
  /** null: there is no such slot. */
  slot: Seen<Slot | null>;
  watermark: {
    /** When the last row was written, by the keeper's clock; null: none yet. */
    writtenAt: number | null;
    /** When the topic was last seen to have grown, by the keeper's clock; null: not yet. */
    arrivedAt: number | null;
  };
}
