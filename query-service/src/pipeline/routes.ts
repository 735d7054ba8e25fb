import Router from '@koa/router';
import type { PipelineWatch } from './pipeline-watch';

/** `GET /api/pipeline`: every hop from the outbox to the views, its state, rate and lag. */
export function pipelineRoutes(watch: PipelineWatch): Router {
  const router = new Router();
  router.get('/api/pipeline', async (ctx) => {
    ctx.body = await watch.look();
  });
  return router;
}
