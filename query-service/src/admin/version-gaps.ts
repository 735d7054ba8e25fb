import Router from '@koa/router';
import type { Projection } from '../projection';
import { listGaps } from '../store/version-gaps';
import { flag, integer } from './parameters';

const defaultLimit = 100;
const maxLimit = 10_000;

/** `GET /version-gaps`: versions that were jumped over, with the aggregates concerned. */
export function versionGapRoutes(projection: Projection): Router {
  const router = new Router();
  router.get('/version-gaps', async (ctx) => {
    const limit = integer(ctx, 'limit', { min: 1, max: maxLimit }) ?? defaultLimit;
    ctx.body = await listGaps(projection, flag(ctx, 'all'), limit);
  });
  return router;
}
