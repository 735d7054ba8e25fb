import type Koa from 'koa';
import type { Middleware } from 'koa';
import { createApplication, createDescribedApplication } from 'service-kit/application';
import type { Guard } from 'service-kit/auth';
import { healthRoutes, healthSlice } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import { type Metrics, metricsRoutes } from 'service-kit/metrics';
import type { Api } from 'service-kit/openapi/document';
import type { Problem } from 'service-kit/problem';
import type { Database } from './database';
import { databaseProblem } from './database-errors';
import { orderOperations } from './orders/operations';
import { orderRoutes } from './orders/routes';
import { productOperations } from './products/operations';
import { productRoutes } from './products/routes';
import { readiness } from './readiness';

/** What the HTTP side works with. */
export interface Parts {
  readonly database: Database;
  readonly topics: { readonly product: string; readonly order: string };
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
with the event that tells of it; the query service shows it in its views some milliseconds later.

Every refusal is a problem (RFC 9457). Beside those of the operations, any request may be refused with 400, 405,
408, 414, 417 or 431 for what it looks like on the wire, with 503 and \`code\` \`busy\` when too many are under way, and with
500 by a defect, whose cause only the log tells.`,
};

/** The public application: commands, reads of single entities, health. It does not listen. */
export function createApp({ database, topics, idempotency, guard, logger, observe }: Parts): Koa {
  const slices = [
    {
      name: 'products',
      router: productRoutes(database, topics.product, idempotency.liveMs),
      operations: productOperations,
    },
    {
      name: 'orders',
      router: orderRoutes(database, topics.order, idempotency.liveMs),
      operations: orderOperations,
    },
  ];
  return createDescribedApplication(
    api,
    {
      open: [healthSlice(readiness(database))],
      // Reading an entity as well: who may only see sums must not see whose order it is.
      guarded: { guard, scope: 'commands:write', slices },
    },
    logger,
    { translate: (error) => translate(error, logger), observe },
  );
}

/** The operators' application, for a port of its own: health and metrics. */
export function createAdminApp({ database, logger, registry, observe }: Parts): Koa {
  const open = [healthRoutes(readiness(database)), metricsRoutes(registry)];
  return createApplication({ open }, logger, { observe });
}

function translate(error: unknown, logger: Logger): Problem | undefined {
  const problem = databaseProblem(error);
  if (problem !== undefined) logger.warn({ err: error }, 'the database refused a request');
  return problem;
}
