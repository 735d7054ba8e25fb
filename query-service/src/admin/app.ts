import type Koa from 'koa';
import type { Middleware } from 'koa';
import { createApplication } from 'service-kit/application';
import type { Guard } from 'service-kit/auth';
import { healthRoutes } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import { metricsRoutes } from 'service-kit/metrics';
import type { PipelineWatch } from '../pipeline/pipeline-watch';
import { pipelineRoutes } from '../pipeline/routes';
import type { Projection } from '../projection';
import { backupRoutes } from './backup';
import { consumptionRoutes } from './consumption';
import { deadLetterRoutes } from './dead-letters';
import { snapshotRoutes } from './snapshot';
import { versionGapRoutes } from './version-gaps';

/** The operator's side, on a listener of its own, which must not be public: its counters are open. */
export function createAdminApp(
  projection: Projection,
  watch: PipelineWatch,
  guard: Guard,
  logger: Logger,
  observe?: Middleware,
): Koa {
  const slices = [
    consumptionRoutes(projection),
    deadLetterRoutes(projection, logger),
    versionGapRoutes(projection),
    snapshotRoutes(projection),
    backupRoutes(projection),
    pipelineRoutes(watch),
  ];
  return createApplication(
    {
      open: [
        healthRoutes(() => Promise.resolve(projection.notReady())),
        metricsRoutes(projection.metrics.registry),
      ],
      guarded: { guard, scope: 'admin', slices },
    },
    logger,
    { observe },
  );
}
