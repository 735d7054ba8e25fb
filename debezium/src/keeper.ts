import type { Server } from 'node:http';
import type Router from '@koa/router';
import { Registry } from 'prom-client';
import { nameCommandsFor } from 'contracts/commands';
import { eventTopics } from 'contracts/topics';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { createApplication } from 'service-kit/application';
import { createGuard, type Guard } from 'service-kit/auth';
import { armFailpoints } from 'service-kit/failpoints';
import { healthRoutes } from 'service-kit/health';
import { closeServer, listen } from 'service-kit/http-server';
import { adminLimits } from 'service-kit/limits';
import type { Logger } from 'service-kit/logger';
import { metricsRoutes, processMetrics } from 'service-kit/metrics';
import { exportMetrics } from 'service-kit/metrics-export';
import { observeRequests } from 'service-kit/observe-requests';
import { createPool } from 'service-kit/postgres';
import type { Running } from 'service-kit/run';
import { isRefusedByPostgres, Refusals } from 'service-kit/refusals';
import { pausing, sqlOn } from 'service-kit/sql';
import type { RelayKeeperConfig } from './config';
import { ConnectRest } from './connect-rest';
import { connectProxyRoutes } from './connect-proxy';
import { connectorConfig, connectorName } from './connector';
import { AuditMetrics } from './audit-metrics';
import { details } from './details';
import { explainRoutes } from './explain-routes';
import { relayMetrics } from './metrics';
import { HistoryWatch } from './history/watch';
import { FlowMeter } from './pipeline/flow';
import { relayStandstill } from './pipeline/hops';
import { pipelineRoutes } from './pipeline/routes';
import { purgeMetrics } from './purge/metrics';
import { OutboxPurge } from './purge/outbox-purge';
import { Observer } from './observe';
import { notReady } from './readiness';
import { ControlLoop } from './control-loop';
import { repeat } from './repeat';
import { StateLog } from './state-log';
import { ViewsAudit } from './views-audit';
import { UnsendableWatch } from './unsendable/watch';
import { WatermarkReader } from './watermark-reader';
import { WatermarkWriter } from './watermark-writer';

/** The settings of the keeper's sessions, which have the relay's role. Exported for tests. */
export const keeperSession = {
  applicationName: 'relay-keeper',
  max: 3,
  connectTimeoutMs: 2_000,
  statementTimeoutMs: 3_000,
  queryTimeoutMs: 4_000,
  // Watermarks, purged rows, an accepted history: while a standby is away they would pile up behind it, and a promoted one does
  // without them.
  isLocal: true,
};

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
  nameCommandsFor(config.audit.runBy);
  const wanted = {
    connector: connectorConfig(config.cloudEventsHeaders),
    connectUrl: config.connectProxy.url,
    managedBy: config.connect.managedBy,
  };
  const pool = createPool(config.database, keeperSession);
  const sql = pausing(sqlOn(pool), new Refusals(isRefusedByPostgres));
  const neighbours = {
    kafka: new KafkaAdmin(config.kafka, 'relay-keeper'),
    connect: new ConnectRest(config.connect),
    sql,
  };
  const states = new StateLog(logger);
  const watermarkTopic = config.topics.watermark;
  const writer = new WatermarkWriter(sql, watermarkTopic, states);
  const reader = new WatermarkReader(config.kafka, watermarkTopic, states);
  const unsendable = new UnsendableWatch(pool, neighbours.kafka, reader);
  const history = new HistoryWatch(
    {
      ...neighbours,
      relay: config.database,
      audit: config.audit.database,
      connection: config.kafka,
      topics: eventTopics(config.topics),
    },
    states,
    logger,
  );
  const observer = new Observer({
    neighbours,
    connectorName,
    config,
    writer,
    reader,
    unsendable,
    history,
  });
  const loop = new ControlLoop({
    neighbours,
    observer,
    history,
    connectorName,
    wanted,
    states,
    logger,
  });

  const whatIsWrong = () => notReady(loop.seen, performance.now(), wanted);
  const standstill = () => {
    const { seen } = loop;
    const now = performance.now();
    const arrivedAt = seen?.watermark.arrivedAt ?? null;
    const arrived = arrivedAt === null ? null : new Date(Date.now() - (now - arrivedAt));
    return relayStandstill(seen, now, wanted, arrived);
  };
  const purge = new OutboxPurge({
    sql,
    connection: config.kafka,
    topics: eventTopics(config.topics),
    retentionMs: config.outboxRetentionMs,
    relayFaults: whatIsWrong,
    states,
  });

  const registry = new Registry();
  processMetrics(registry);
  relayMetrics(registry, loop, whatIsWrong);
  purgeMetrics(registry, purge);
  const audit = new ViewsAudit(
    config.audit,
    config.reconcileInterval * 1_000,
    new AuditMetrics(registry),
    states,
  );

  const health = healthRoutes(
    () => Promise.resolve(whatIsWrong()),
    () => ({ ...details(loop, writer, purge, history), standstill: standstill() }),
  );
  // A connection of its own: a request that fails closes it.
  const metricsAdmin = new KafkaAdmin(config.kafka, 'relay-keeper');
  const meter = new FlowMeter(sql, metricsAdmin, eventTopics(config.topics));
  const pipeline = pipelineRoutes({ loop, purge, audit, meter, wanted });
  const observe = observeRequests(registry, requestLog);
  const guard = createGuard(config.auth, logger);
  const explained = { ...config.audit, kafka: config.kafka, topics: config.topics };
  const connectProxy = () => connectProxyRoutes(neighbours.connect, connectorName);
  const server = await listen(
    createApplication(
      {
        open: [health, metricsRoutes(registry), pipeline],
        // Whose order it is, and what changes something, is for operators here as well.
        guarded: { guard, scope: 'admin', slices: [explainRoutes(explained), connectProxy()] },
      },
      logger,
      { observe },
    ),
    config.adminPort,
    config.adminHost,
    adminLimits(config.limits),
  );
  const proxy = await listenForConnect(config, logger, guard, connectProxy());
  const stopExport = exportMetrics('relay-keeper', registry, config.metricsExport);
  const loops = [writer, reader, loop, unsendable, purge].map((one) =>
    repeat(() => one.turn(), fail),
  );
  if (config.reconcileInterval > 0) loops.push(repeat(() => audit.turn(), fail));
  logger.info(
    { health: `http://${config.adminHost}:${config.adminPort}/health/ready` },
    'listening',
  );

  return {
    stop: async () => {
      audit.abort();
      purge.abort();
      await Promise.all(loops.map((loop) => loop.stop()));
      await Promise.all([server, ...proxy].map((one) => closeServer(one, 1_000)));
      await Promise.all([
        pool.end(),
        neighbours.kafka.close(),
        reader.close(),
        metricsAdmin.close(),
        purge.close(),
        stopExport(),
      ]);
    },
  };
}

/** The listener on which operators ask Kafka Connect, where there is to be one. */
async function listenForConnect(
  { connectProxy: { port }, adminHost, limits }: RelayKeeperConfig,
  logger: Logger,
  guard: Guard,
  routes: Router,
): Promise<Server[]> {
  if (port === 0) return [];
  const guarded = { guard, scope: 'admin', slices: [routes] } as const;
  const app = createApplication({ open: [], guarded }, logger);
  return [await listen(app, port, adminHost, adminLimits(limits))];
}
