import type Koa from 'koa';
import type { Middleware } from 'koa';
import { createApplication } from 'service-kit/application';
import type { Guard } from 'service-kit/auth';
import { healthRoutes } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import { metricsRoutes } from 'service-kit/metrics';
import type { PipelineWatch } from '../pipeline/pipeline-watch';
import { pipelineRoutes } from '../pipeline/routes';
import type { Replica } from '../replica';
import { backupRoutes } from './backup';
import { consumptionRoutes } from './consumption';
import { deadLetterRoutes } from './dead-letters';
import { snapshotRoutes } from './snapshot';

/** The parts that both applications of the service are built from. */
export interface AppOptions {
  readonly replica: Replica;
  readonly watch: PipelineWatch;
  readonly guard: Guard;
  readonly logger: Logger;
  /** Sees each request, for metrics and logs. */
  readonly observe?: Middleware;
}

/** The operators' application, on a listener of its own. It must not be public: its metrics need no token. */
export function createAdminApp({ replica, watch, guard, logger, observe }: AppOptions): Koa {
  const slices = [
    consumptionRoutes(replica),
    deadLetterRoutes(replica, logger),
    snapshotRoutes(replica),
    backupRoutes(replica),
    pipelineRoutes(watch),
  ];
  return createApplication(
    {
      open: [
        healthRoutes(() => Promise.resolve(replica.serving.notReady())),
        metricsRoutes(replica.metrics.registry),
      ],
      guarded: { guard, scope: 'admin', slices },
    },
    logger,
    { observe },
  );
}
