import { createGuard } from 'service-kit/auth';
import { armFailpoints } from 'service-kit/failpoints';
import { closeServer, listen } from 'service-kit/http-server';
import { adminLimits } from 'service-kit/limits';
import { createLogger, createRequestLog } from 'service-kit/logger';
import { processMetrics } from 'service-kit/metrics';
import { observeRequests, RequestDurations } from 'service-kit/observe-requests';
import { run } from 'service-kit/run';
import { startTracing } from 'service-kit/tracing';
import { createAdminApp } from './admin/app';
import { createApp } from './app';
import { ApplyMetrics } from './apply/metrics';
import { readConfig } from './config';
import { PipelineWatch } from './pipeline/pipeline-watch';
import { RelayKeeper } from './pipeline/relay';
import { Projection } from './projection';
import { DataFolder } from './store/data-folder';

/** Accepted requests get this long to finish. */
const graceMs = 10_000;

void run('query-service', async (fail) => {
  const config = readConfig();
  armFailpoints(config.failpoints);
  const name = 'query-service';
  const logger = createLogger(name, config.logLevel);
  const stopTracing = startTracing(name, config.tracing);
  const requestLog = createRequestLog(name, config.logLevel);

  const folder = await DataFolder.claim(config.dataFolder);
  const { kafka, maxParkedRun } = config;
  const metrics = new ApplyMetrics();
  processMetrics(metrics.registry);
  const observe = observeRequests(new RequestDurations(metrics.registry), requestLog);
  const projection = new Projection(folder, kafka, maxParkedRun, metrics, logger, fail);
  await projection.start();
  const watch = new PipelineWatch(projection, new RelayKeeper(config.relayKeeperUrl));
  const guard = createGuard(config.auth, logger);
  const admin = await listen(
    createAdminApp(projection, watch, guard, logger, observe),
    config.admin.port,
    config.admin.host,
    adminLimits(config.limits),
  );
  const app = createApp(projection, watch, guard, logger, observe);
  const server = await listen(app, config.http.port, config.http.host, config.limits);
  logger.info(config.http, 'listening');

  return {
    stop: async () => {
      projection.arrivals.end();
      await Promise.all([closeServer(server, graceMs), closeServer(admin, graceMs)]);
      await projection.stop();
      await folder.release();
      await stopTracing();
    },
  };
});
