import Router from '@koa/router';
import type { ExplainConfig } from 'reconcile/config';
import { CannotCompare } from 'reconcile/cannot-compare';
import { explain } from 'reconcile/explain/explanation';
import { gather } from 'reconcile/explain/gather';
import { explanationOf } from 'reconcile/explain/text';
import { NotFound } from 'service-kit/command-errors';
import { pathId } from 'service-kit/path-id';
import { Problem } from 'service-kit/problem';

/** Each reads a topic and a snapshot of every replica. */
const mostAtOnce = 4;

/**
 * `GET /explain/order/<id>`: the way of one order to the views of each replica, as `explain` tells it. Not a total's: that
 * of a product may be a million orders.
 */
export function explainRoutes(config: ExplainConfig): Router {
  const router = new Router();
  let underWay = 0;
  router.get('/explain/order/:id', async (ctx) => {
    const subject = { kind: 'order', id: pathId('order', ctx.params.id) } as const;
    if (underWay >= mostAtOnce) {
      throw new Problem(503, 'orders are being explained already', {}, { 'Retry-After': '1' });
    }
    underWay++;
    try {
      ctx.body = await Promise.all(
        config.replicas.map(async (replica) => ({
          replica: replica.url,
          ...explanationOf(explain(subject, await gather(replica, config, subject))),
        })),
      );
    } catch (error) {
      if (error instanceof NotFound) throw new Problem(404, error.message);
      if (error instanceof CannotCompare) throw new Problem(502, error.message);
      throw error;
    } finally {
      underWay--;
    }
  });
  return router;
}
