import type { FaultSystem } from '../system';
import type { Invariant } from '../violation';

/** A bug, put into a copy of the system to see that the suite finds it. */
export interface Plant {
  readonly name: string;
  readonly bug: string;
  /** Changes of the sources. Each `from` must be there exactly once. */
  readonly patches?: readonly {
    readonly file: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** Done to the running system before anybody asks for anything. */
  readonly prepare?: (system: FaultSystem) => Promise<void>;
  /** The faults that bring it to light, each an episode of its own; none: ordinary work does. */
  readonly faults: readonly string[];
  /** Which invariants may be the first to say so. */
  readonly breaks: readonly Invariant[];
}
