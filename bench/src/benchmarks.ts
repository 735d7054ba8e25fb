import type { Benchmark } from './benchmark';
import { materialize } from './materialize';
import { streams } from './streams';

/** All of them, in the order of docs/performance.md. */
export const benchmarks: readonly Benchmark[] = [materialize, streams];
