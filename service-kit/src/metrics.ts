import Router from '@koa/router';

/** What a process counts: a prom-client `Registry`. */
export interface Metrics {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** `GET /metrics`, in Prometheus's text format. */
export function metricsRoutes(registry: Metrics): Router {
  const router = new Router();
  router.get('/metrics', async (ctx) => {
    ctx.type = registry.contentType;
    ctx.body = await registry.metrics();
  });
  return router;
}
