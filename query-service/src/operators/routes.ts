import Router from '@koa/router';
import type { Logger } from 'service-kit/logger';
import { pathId } from 'service-kit/path-id';
import { deadLetterRoutes } from '../admin/dead-letters';
import { integer } from '../admin/parameters';
import type { Replica } from '../replica';
import { handOn, type Neighbour } from './hand-on';

/** Whom this service asks for what it does not know. */
export interface Neighbours {
  readonly commands: Neighbour;
  readonly keeper: Neighbour;
}

const lists = ['orders', 'products'] as const;
const connector = '/connectors/outbox-relay';

/**
 * What the page shows and does for operators, under one address and one scope: the orders and products behind a number,
 * an order's way, what went through last, parked events, the connector. What other processes know, they are asked, as the
 * client (docs/decisions/0042-one-answer-for-the-whole-pipeline.md).
 */
export function operatorRoutes(
  replica: Replica,
  { commands, keeper }: Neighbours,
  logger: Logger,
): Router {
  const router = new Router({ prefix: '/operators' });

  for (const list of lists) {
    router.get(`/${list}`, (ctx) => handOn(ctx, commands, `/api/${list}${ctx.search}`));
    router.get(`/${list}/:id`, (ctx) => {
      const id = pathId(list.slice(0, -1), ctx.params.id);
      return handOn(ctx, commands, `/api/${list}/${id}`);
    });
  }

  router.get('/explain/order/:id', (ctx) =>
    handOn(ctx, keeper, `/explain/order/${pathId('order', ctx.params.id)}`),
  );

  router.put('/connector/resume', (ctx) => handOn(ctx, keeper, `${connector}/resume`));
  router.post('/connector/restart', (ctx) =>
    handOn(ctx, keeper, `${connector}/restart?includeTasks=true`),
  );

  router.get('/events', (ctx) => {
    const after = integer(ctx, 'after', { min: 0, max: Number.MAX_SAFE_INTEGER });
    ctx.body = replica.metrics.recent.since(after ?? 0);
  });

  const parked = deadLetterRoutes(replica, logger);
  router.use(parked.routes());
  return router;
}
