import type { FaultSystem, Store } from './system';
import type { Workload } from './workload/workload';

/** What a fault can use to happen. */
export interface Scene {
  readonly system: FaultSystem;
  readonly workload: Workload;
}

/** Something that goes wrong, and how to see that it did. */
export interface Fault {
  /** `kind: what`, such as `kill: connect`. */
  readonly name: string;
  /** The parts and connections that it takes away. Two faults of a pair never share one. */
  readonly disturbs: readonly string[];
  /** The parts without which it cannot be made to happen, or be healed. */
  readonly needs?: readonly string[];
  /** With views that are kept otherwise, it cannot happen. */
  readonly only?: Store;
  /** Makes it happen. @throws when it cannot */
  inject(scene: Scene): Promise<Injected>;
}

export interface Injected {
  /** @returns a sentence that proves it. @throws as long as there is none; asked again until a deadline */
  happened(): Promise<string> | string;
  /** Ends what lasts until it is ended: a pause, a cut. */
  end?(): Promise<void> | void;
  /** What an operator has to do about it, by the documented commands, when everything is up again. */
  repair?(): Promise<void>;
}

/** What a process takes away. Views that members share are not shown without any of them, or what stands before them. */
export const disturbedWith = (part: string): string[] =>
  /^(query|views)-/.test(part) ? [...new Set([part, 'query-service'])] : [part];

/** The kind of a fault: what stands before the colon. */
export const kindOf = (name: string): string => name.replace(/:.*/, '');
