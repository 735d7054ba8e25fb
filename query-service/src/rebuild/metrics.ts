import { Gauge, type Registry } from 'prom-client';
import { gaugesOf } from 'service-kit/gauges';
import type { Rebuild, RebuildState } from './rebuild';

const states: readonly RebuildState[] = [
  'filling',
  'verifying',
  'ready',
  'swapped',
  'failed',
  'aborted',
];

/** Shows at `/metrics` the running rebuild, or how the last one of this process has ended. */
export function showRebuild(registry: Registry, latest: () => Rebuild | null): void {
  new Gauge({
    name: 'rebuild_state',
    help: '1 for the state of the latest rebuild of this process; swapped, failed and aborted end one',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const now = latest()?.state;
      for (const state of states) this.set({ state }, Number(state === now));
    },
  });
  const show = gaugesOf(registry);
  show(
    'rebuild_offsets_read',
    'Offsets that the candidate has read',
    () => latest()?.progress.read ?? 0,
  );
  show(
    'rebuild_offsets_total',
    'Offsets that the topics hold',
    () => latest()?.progress.toRead ?? 0,
  );
  show(
    'rebuild_offsets_per_second',
    'Offsets read per second since this process fills the candidate',
    () => latest()?.progress.offsetsPerSecond ?? 0,
  );
  show('rebuild_held', '1 while a verified candidate waits for an operator', () =>
    Number(latest()?.isHeld ?? false),
  );
}
