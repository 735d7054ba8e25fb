import Router from '@koa/router';

/** Why a process is not ready, one sentence each; empty means ready. */
export type Readiness = () => Promise<readonly string[]>;

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: it does its job, or 503 and why not.
 *
 * @param details further members of the ready body, for people
 */
export function healthRoutes(
  readiness: Readiness,
  details: () => Record<string, unknown> = () => ({}),
): Router {
  const router = new Router({ prefix: '/health' });
  router.get('/live', (ctx) => {
    ctx.body = { status: 'live' };
  });
  router.get('/ready', async (ctx) => {
    const reasons = await readiness();
    ctx.status = reasons.length === 0 ? 200 : 503;
    ctx.body = { status: reasons.length === 0 ? 'ready' : 'not ready', reasons, ...details() };
  });
  return router;
}
