import type { System } from './system/system';

/** One benchmark: a file of this folder, named after it. */
export interface Benchmark {
  readonly name: string;
  /** What is measured, with its sizes at scale 1. */
  readonly title: string;
  /** The peer of the same run, or what the limit is for. */
  readonly comparedWith: string;
  run(bench: Bench): Promise<Outcome>;
}

/** What a benchmark is given. */
export interface Bench {
  /** 1 for the sizes that the title tells; smaller for a quick look. */
  readonly scale: number;
  readonly rounds: number;
  /** A whole number in proportion to the scale, at least `least`. */
  scaled(this: void, atScale1: number, least?: number): number;
  say(this: void, line: string): void;
  /** Processes, ports and a folder of its own, removed at the end of the benchmark. */
  createSystem(this: void): Promise<System>;
}

/** What a benchmark found. */
export interface Outcome {
  readonly goals: readonly Goal[];
  /** Everything that was measured, side by side, for whoever looks closer. */
  readonly figures: readonly Figure[];
}

/** A figure with its limits. Of a ratio, each round's own: machines drift. */
export interface Goal {
  readonly what: string;
  readonly unit: string;
  readonly rounds: readonly number[];
  /** Null: there is only an aim. */
  readonly must: Limit | null;
  readonly aim: Limit;
}

export type Limit = { readonly atLeast: number } | { readonly atMost: number };

export interface Figure {
  readonly side: string;
  readonly what: string;
  readonly rounds: readonly number[];
}
