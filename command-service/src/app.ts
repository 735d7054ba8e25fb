import type Koa from 'koa';
import type { Middleware } from 'koa';
import type { AggregateType } from 'contracts/aggregates';
import type { Topics } from 'contracts/topics';
import { createApplication, createDescribedApplication } from 'service-kit/application';
import type { Guard } from 'service-kit/auth';
import { healthRoutes, healthSlice } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import { type Metrics, metricsRoutes } from 'service-kit/metrics';
import type { Api } from 'service-kit/openapi/document';
import type { Problem } from 'service-kit/problem';
import type { Database } from './database';
import { eventPages } from './outbox/event-pages';
import { databaseProblem } from './database-errors';
import { readiness } from './readiness';
import { slices } from './slices';

/** The parts that the HTTP side is built from. */
export interface Parts {
  readonly database: Database;
  readonly topics: Topics;
  readonly idempotency: { readonly liveMs: number };
  readonly guard: Guard;
  readonly logger: Logger;
  readonly registry: Metrics;
  /** Sees every request, of both listeners. */
  readonly observe: Middleware;
}

const api: Api = {
  title: 'Command service',
  version: '1.0.0',
  description: `Creates products, places orders, moves their status. Each change is committed in one transaction
with the event that tells of it; the query service shows it in its views some milliseconds later. The events are
described at [/docs/events](docs/events).

Every refusal is a problem (RFC 9457). Beside those of the operations, any request may be refused with 400, 405,
408, 414, 417, 431, 501 or 505 for what it looks like on the wire, with 421 when it asks by a name that is not the service's, with 403
and \`code\` \`cross-site\` when a page of another site would change something by it, with 503 and \`code\` \`busy\` when too many are
under way, or wait, and with 500 by a defect, whose cause only the log tells.`,
};

/** The public application: commands, reads of single entities, health. It does not listen. */
export function createApp({ database, topics, idempotency, guard, logger, observe }: Parts): Koa {
  const described = Object.entries(slices).map(([type, { name, routes, operations }]) => ({
    name,
    router: routes(database, topics[type as AggregateType], idempotency.liveMs),
    operations,
  }));
  return createDescribedApplication(
    api,
    {
      open: [healthSlice(readiness(database, topics))],
      // Reads need this scope, too: a caller who may see only sums must not see whose order it is.
      guarded: { guard, scope: 'commands:write', slices: described },
    },
    logger,
    {
      translate: (error) => translate(error, logger),
      observe,
      pages: [eventPages(topics, api.version)],
    },
  );
}

/** The operators' application, for a port of its own: health and metrics. */
export function createAdminApp({ database, topics, logger, registry, observe }: Parts): Koa {
  const open = [healthRoutes(readiness(database, topics)), metricsRoutes(registry)];
  return createApplication({ open }, logger, { observe });
}

function translate(error: unknown, logger: Logger): Problem | undefined {
  const problem = databaseProblem(error);
  if (problem !== undefined) logger.warn({ err: error }, 'the database refused a request');
  return problem;
}
