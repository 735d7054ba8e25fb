import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { createApplication } from 'service-kit/application';
import { armFailpoints } from 'service-kit/failpoints';
import { healthRoutes } from 'service-kit/health';
import { closeServer, listen } from 'service-kit/http-server';
import type { Logger } from 'service-kit/logger';
import { metricsRoutes, processMetrics } from 'service-kit/metrics';
import { observeRequests, RequestDurations } from 'service-kit/observe-requests';
import type { Running } from 'service-kit/run';
import type { DatabaseLogin, RelayKeeperConfig } from './config';
import { type ConnectorConfig, ConnectRest } from './connect-rest';
import { connectorName } from './connector';
import { AuditMetrics } from './audit-metrics';
import { details } from './details';
import { KafkaAdmin } from './kafka-admin';
import { relayMetrics } from './metrics';
import { FlowMeter } from './pipeline/flow';
import { pipelineRoutes } from './pipeline/routes';
import { purgeMetrics } from './purge/metrics';
import { OutboxPurge } from './purge/outbox-purge';
import { Observer } from './observe';
import { notReady } from './readiness';
import { Reconciler } from './reconcile';
import { repeat } from './repeat';
import { StateLog } from './state-log';
import { wantedTopics } from './topics';
import { ViewsAudit } from './views-audit';
import { WatermarkBeat } from './watermark-beat';

const connectorFile = join(__dirname, '..', `${connectorName}.json`);

/**
 * Starts the keeper: its loops and the listener of health and metrics. Its neighbours may come later or go.
 *
 * @param fail gets what ended a loop: a defect, no neighbour's failure
 * @param requestLog gets a line per request
 * @throws the listen error when the port is taken
 */
export async function startKeeper(
  config: RelayKeeperConfig,
  logger: Logger,
  fail: (error: unknown) => void,
  requestLog: Logger = logger,
): Promise<Running> {
  armFailpoints(config.failpoints);
  const connector = {
    name: connectorName,
    config: JSON.parse(readFileSync(connectorFile, 'utf8')) as ConnectorConfig,
  };
  const neighbours = {
    kafka: new KafkaAdmin(config.bootstrapServers),
    connect: new ConnectRest(config.connectUrl),
    pool: connectToDatabase(config.database),
  };
  const states = new StateLog(logger);
  const topics = wantedTopics(config);
  const watermarkTopic = config.topics.watermark;
  const beat = new WatermarkBeat(neighbours.pool, watermarkTopic, states);
  const observer = new Observer(neighbours, connectorName, topics, watermarkTopic, beat);
  const reconciler = new Reconciler(neighbours, observer, connector, states, logger);

  const eventTopics = [config.topics.product, config.topics.order];
  const whatIsWrong = () => notReady(reconciler.seen, Date.now(), connector.config);
  const purge = new OutboxPurge(
    neighbours.pool,
    config.bootstrapServers,
    eventTopics,
    config.outboxRetentionMs,
    whatIsWrong,
    states,
  );

  const registry = new Registry();
  processMetrics(registry);
  relayMetrics(registry, reconciler, whatIsWrong);
  purgeMetrics(registry, purge);
  const audit = new ViewsAudit(
    config.audit,
    config.reconcileInterval * 1_000,
    new AuditMetrics(registry),
    states,
  );

  const health = healthRoutes(
    () => Promise.resolve(whatIsWrong()),
    () => details(reconciler, beat, purge),
  );
  // A connection of its own: a request that fails closes it.
  const lookers = new KafkaAdmin(config.bootstrapServers);
  const meter = new FlowMeter(neighbours.pool, lookers, eventTopics);
  const pipeline = pipelineRoutes(reconciler, purge, audit, meter, connector.config);
  const observe = observeRequests(new RequestDurations(registry), requestLog);
  const server = await listen(
    createApplication({ open: [health, metricsRoutes(registry), pipeline] }, logger, { observe }),
    config.adminPort,
    config.adminHost,
    config.limits,
  );
  const loops = [beat, reconciler, purge].map((loop) => repeat(() => loop.turn(), fail));
  if (config.reconcileInterval > 0) loops.push(repeat(() => audit.turn(), fail));
  logger.info({ health: `http://${config.adminHost}:${config.adminPort}/health/ready` }, 'keeping');

  return {
    stop: async () => {
      audit.abort();
      purge.abort();
      await Promise.all(loops.map((loop) => loop.stop()));
      await closeServer(server, 1_000);
      await Promise.all([
        neighbours.pool.end(),
        neighbours.kafka.close(),
        lookers.close(),
        purge.close(),
      ]);
    },
  };
}

function connectToDatabase(login: DatabaseLogin): Pool {
  const pool = new Pool({
    ...login,
    max: 3,
    application_name: 'relay-keeper',
    connectionTimeoutMillis: 2_000,
    statement_timeout: 3_000,
    // Also ends the wait for a server that has vanished without closing the connection.
    query_timeout: 4_000,
  });
  // An idle connection broke. The next query opens another or says why not.
  pool.on('error', () => undefined);
  return pool;
}
