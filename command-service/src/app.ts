import type Koa from 'koa';
import { createApplication } from 'service-kit/application';
import { healthRoutes } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import type { Problem } from 'service-kit/problem';
import type { Database } from './database';
import { databaseProblem } from './database-errors';
import { orderRoutes } from './orders/routes';
import { productRoutes } from './products/routes';
import { readiness } from './readiness';

/** What the HTTP side works with. */
export interface Parts {
  readonly database: Database;
  readonly topics: { readonly product: string; readonly order: string };
  readonly idempotency: { readonly liveMs: number };
  readonly logger: Logger;
}

/** The public application: commands, reads of single entities, health. It does not listen. */
export function createApp({ database, topics, idempotency, logger }: Parts): Koa {
  const slices = [
    productRoutes(database, topics.product, idempotency.liveMs),
    orderRoutes(database, topics.order, idempotency.liveMs),
    healthRoutes(readiness(database)),
  ];
  return createApplication(slices, logger, { translate: (error) => translate(error, logger) });
}

/** The operators' application, for a port of its own. So far it has nothing but health. */
export function createAdminApp({ database, logger }: Pick<Parts, 'database' | 'logger'>): Koa {
  return createApplication([healthRoutes(readiness(database))], logger);
}

function translate(error: unknown, logger: Logger): Problem | undefined {
  const problem = databaseProblem(error);
  if (problem !== undefined) logger.warn({ err: error }, 'the database refused a request');
  return problem;
}
