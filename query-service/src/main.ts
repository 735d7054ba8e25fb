import { createGuard } from 'service-kit/auth';
import { armFailpoints } from 'service-kit/failpoints';
import { closeServer, listen } from 'service-kit/http-server';
import { adminLimits } from 'service-kit/limits';
import { createLogger } from 'service-kit/logger';
import { run } from 'service-kit/run';
import { createAdminApp } from './admin/app';
import { createApp } from './app';
import { ApplyMetrics } from './apply/metrics';
import { readConfig } from './config';
import { Projection } from './projection';
import { DataFolder } from './store/data-folder';

/** Accepted requests get this long to finish. */
const graceMs = 10_000;

void run('query-service', async (fail) => {
  const config = readConfig();
  armFailpoints(config.failpoints);
  const logger = createLogger('query-service', config.logLevel);

  const folder = await DataFolder.claim(config.dataFolder);
  const { kafka, maxParkedRun } = config;
  const metrics = new ApplyMetrics();
  const projection = new Projection(folder, kafka, maxParkedRun, metrics, logger, fail);
  await projection.start();
  const guard = createGuard(config.auth, logger);
  const admin = await listen(
    createAdminApp(projection, guard, logger),
    config.admin.port,
    config.admin.host,
    adminLimits(config.limits),
  );
  const app = createApp(projection, guard, logger);
  const server = await listen(app, config.http.port, config.http.host, config.limits);
  logger.info(config.http, 'listening');

  return {
    stop: async () => {
      await Promise.all([closeServer(server, graceMs), closeServer(admin, graceMs)]);
      await projection.stop();
      await folder.release();
    },
  };
});
