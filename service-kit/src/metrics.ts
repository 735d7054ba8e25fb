import Router from '@koa/router';
import { collectDefaultMetrics, type Registry } from 'prom-client';

/** The metrics of a process. */
export interface Metrics {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** Adds Node.js's metrics of this process: event loop delay, memory, CPU, garbage collection. */
export function processMetrics(register: Registry): void {
  collectDefaultMetrics({ register });
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
