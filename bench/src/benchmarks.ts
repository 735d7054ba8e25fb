import type { Benchmark } from './benchmark';
import { commands } from './commands';
import { idle } from './idle';
import { materialize } from './materialize';
import { streams } from './streams';
import { visible } from './visible';

/** All of them, in the order of docs/performance.md. */
export const benchmarks: readonly Benchmark[] = [materialize, streams, commands, visible, idle];
