import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { createGuard } from 'service-kit/auth';
import { armFailpoints } from 'service-kit/failpoints';
import { closeServer, listen } from 'service-kit/http-server';
import { adminLimits } from 'service-kit/limits';
import type { Logger } from 'service-kit/logger';
import { processMetrics } from 'service-kit/metrics';
import { exportMetrics } from 'service-kit/metrics-export';
import { observeRequests } from 'service-kit/observe-requests';
import type { Running } from 'service-kit/run';
import { startTracing } from 'service-kit/tracing';
import { createAdminApp, createApp } from './app';
import type { Config } from './config';
import { openDatabase } from './database';
import { startPurge } from './idempotency/purge';
import { poolMetrics } from './pool-metrics';

/** How long accepted requests may take to finish once the service was asked to stop. */
const graceMs = 10_000;

/** A started command service. */
export interface CommandService extends Running {
  /** Where it listens: chosen by the system when the configuration says 0. */
  readonly port: number;
  readonly adminPort: number;
}

/**
 * Starts the service. It listens at once; while the database is away it is not ready, and every
 * request that needs it is answered 503.
 *
 * @param requestLog gets a line per request
 * @throws when a port is taken or a failpoint is misspelt
 */
export async function startService(
  config: Config,
  logger: Logger,
  requestLog: Logger = logger,
): Promise<CommandService> {
  armFailpoints(config.failpoints);
  const stopTracing = startTracing('command-service', config.tracing);
  const registry = new Registry();
  processMetrics(registry);
  const observe = observeRequests(registry, requestLog);
  const database = openDatabase(config.database, logger);
  poolMetrics(registry, database);
  const { topics, idempotency, limits } = config;
  const guard = createGuard(config.auth, logger);
  const parts = { database, topics, idempotency, guard, logger, registry, observe };
  const { port, host } = config.admin;
  const admin = await listen(createAdminApp(parts), port, host, adminLimits(limits));
  const server = await listen(createApp(parts), config.http.port, config.http.host, limits);
  const stopExport = exportMetrics('command-service', registry, config.metricsExport);
  const stopPurge = startPurge(database, idempotency.purgeEveryMs, logger);
  logger.info({ http: config.http, admin: config.admin }, 'listening');
  return {
    port: portOf(server),
    adminPort: portOf(admin),
    stop: async () => {
      await Promise.all([closeServer(server, graceMs), closeServer(admin, graceMs), stopPurge()]);
      await database.close();
      await Promise.all([stopTracing(), stopExport()]);
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
