import { Gauge, type Registry } from 'prom-client';
import { gaugesOf } from 'service-kit/gauges';
import { viewsStates } from '../consistency/freshness';
import type { Verification } from '../store/verification';
import type { ServingViews } from './serving-views';

/** Shows at `/metrics` the state of the views, their age, and how much is still to be read. */
export function showServing(
  registry: Registry,
  serving: ServingViews,
  verification: Verification,
): void {
  new Gauge({
    name: 'views_state',
    help: '1 for the state that answers carry as Views-State',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of viewsStates) this.set({ state }, Number(state === serving.state));
    },
  });
  const show = gaugesOf(registry);
  show('views_ready', '1 while /health/ready says so', () =>
    Number(serving.notReady().length === 0),
  );
  show('views_unverified', '1 until `reconcile` has shown that no event is missing', () =>
    Number(verification.doubt !== null),
  );
  show(
    'views_as_of_age_seconds',
    "Age of what answers carry as As-Of, PostgreSQL's clock against this one's; NaN while it is not known",
    () => serving.ageSeconds ?? NaN,
  );
  show(
    'consumer_behind_offsets',
    'Offsets in the event topics, as of the last watermark, that are still to be read; NaN while nothing reads',
    () => serving.eventsBehind ?? NaN,
  );
}
