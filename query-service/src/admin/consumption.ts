import Router from '@koa/router';
import type { Projection } from '../projection';

/**
 * Where consumption stands, and the two ways on when the history in Kafka or the database file is not
 * what the views were made from.
 */
export function consumptionRoutes(projection: Projection): Router {
  const router = new Router();

  router.get('/consumption', (ctx) => {
    ctx.body = projection.describe();
  });

  router.post('/consumption/resume', async (ctx) => {
    await projection.resume();
    ctx.body = { consumption: 'resumed from the beginning of the topics' };
  });

  router.post('/consumption/rebuild', async (ctx) => {
    await projection.rebuild();
    ctx.body = { consumption: 'filling a new file from the beginning of the topics' };
  });

  return router;
}
