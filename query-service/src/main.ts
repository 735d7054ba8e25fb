import { nameCommandsFor } from 'contracts/commands';
import { createGuard } from 'service-kit/auth';
import { armFailpoints } from 'service-kit/failpoints';
import { closeServer, listen } from 'service-kit/http-server';
import { adminLimits } from 'service-kit/limits';
import { createLogger, createRequestLog } from 'service-kit/logger';
import { processMetrics } from 'service-kit/metrics';
import { exportMetrics } from 'service-kit/metrics-export';
import { observeRequests } from 'service-kit/observe-requests';
import { run } from 'service-kit/run';
import { startTracing } from 'service-kit/tracing';
import { createAdminApp } from './admin/app';
import { createApp } from './app';
import { ApplyMetrics } from './apply/metrics';
import { type Config, readConfig } from './config';
import { topicAggregates } from './model/aggregates';
import { PipelineWatch } from './pipeline/pipeline-watch';
import { RelayKeeper } from './pipeline/relay';
import { Replica } from './replica';
import { PostgresViewsHome } from './store/postgres/views-home';
import { DataFolder } from './store/sqlite/data-folder';
import type { ViewsHome } from './store/views-home';

/** How long accepted requests have to finish. */
const graceMs = 10_000;

void run('query-service', async (fail) => {
  const config = readConfig();
  armFailpoints(config.failpoints);
  nameCommandsFor(config.runBy);
  const name = 'query-service';
  const logger = createLogger(name, config.logLevel);
  const stopTracing = startTracing(name, config.tracing);
  const requestLog = createRequestLog(name, config.logLevel);

  const home = await openHome(config);
  const { kafka, bounds } = config;
  const metrics = new ApplyMetrics();
  processMetrics(metrics.registry);
  const observe = observeRequests(metrics.registry, requestLog);
  const replica = new Replica({ home, kafka, bounds, metrics, logger, onCrash: fail });
  await replica.start();
  const watch = new PipelineWatch(replica, new RelayKeeper(config.relayKeeperUrl));
  const stopExport = exportMetrics(name, metrics.registry, config.metricsExport);
  const guard = createGuard(config.auth, logger);
  const options = { replica, watch, guard, logger, observe };
  const admin = await listen(
    createAdminApp(options),
    config.admin.port,
    config.admin.host,
    adminLimits(config.limits),
  );
  const app = createApp(options, config.isForOperators ? config.neighbours : null);
  const server = await listen(app, config.http.port, config.http.host, config.limits);
  logger.info(config.http, 'listening');

  return {
    stop: async () => {
      replica.serving.waiters.end();
      await Promise.all([closeServer(server, graceMs), closeServer(admin, graceMs)]);
      await replica.stop();
      await home.release();
      await Promise.all([stopTracing(), stopExport()]);
    },
  };
});

/** A folder of this process's own, or the database that it shares with other members. */
function openHome({ views, kafka }: Config): Promise<ViewsHome> {
  return views.store === 'sqlite'
    ? DataFolder.claim(views.folder)
    : PostgresViewsHome.open(views.login, topicAggregates(kafka.topics));
}
