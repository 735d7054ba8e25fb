import type Koa from 'koa';
import { createApplication } from 'service-kit/application';
import { healthRoutes } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import { metricsRoutes } from 'service-kit/metrics';
import type { Projection } from '../projection';
import { backupRoutes } from './backup';
import { consumptionRoutes } from './consumption';
import { deadLetterRoutes } from './dead-letters';
import { snapshotRoutes } from './snapshot';
import { versionGapRoutes } from './version-gaps';

/** The operator's side, on a listener of its own: it has no authentication and must not be public. */
export function createAdminApp(projection: Projection, logger: Logger): Koa {
  return createApplication(
    [
      healthRoutes(() => Promise.resolve(projection.notReady())),
      metricsRoutes(projection.metrics.registry),
      consumptionRoutes(projection),
      deadLetterRoutes(projection, logger),
      versionGapRoutes(projection),
      snapshotRoutes(projection),
      backupRoutes(projection),
    ],
    logger,
  );
}
