import type { FaultSystem } from '../system';
import type { Invariant } from '../violation';

/** A change of a source file. `from` must be in it exactly once. */
export interface Patch {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A bug, put into a copy of the system to see that the suite finds it. */
export interface Plant {
  readonly name: string;
  readonly bug: string;
  readonly patches?: readonly Patch[];
  /** Done to the running system before anybody asks for anything. */
  readonly prepare?: (system: FaultSystem) => Promise<void>;
  /** The faults that bring it to light, each an episode of its own; none: ordinary work does. */
  readonly faults: readonly string[];
  /** Which invariants may be the first to say so. */
  readonly breaks: readonly Invariant[];
}
