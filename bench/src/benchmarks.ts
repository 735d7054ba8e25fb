import type { Benchmark } from './benchmark';
import { chain } from './chain';
import { commands } from './commands';
import { fence } from './fence';
import { footprint } from './footprint';
import { growth } from './growth';
import { idle } from './idle';
import { materialize } from './materialize';
import { reads } from './reads';
import { relay } from './relay';
import { restart } from './restart';
import { scale } from './scale';
import { streams } from './streams';
import { visible } from './visible';

/** All of them, in the order of docs/performance.md. */
export const benchmarks: readonly Benchmark[] = [
  materialize,
  streams,
  commands,
  fence,
  visible,
  idle,
  relay,
  reads,
  restart,
  footprint,
  growth,
  scale,
  chain,
];
