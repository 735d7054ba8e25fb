import { SpanStatusCode } from '@opentelemetry/api';
import type { Context, Middleware } from 'koa';
import { Histogram, type Registry } from 'prom-client';
import type { Logger } from './logger';
import { parseTraceparent, setTraceOf, traceOf } from './trace-context';
import { startServerSpan, within } from './tracing';

/** nginx's status for a client that went away before it had the answer. */
const clientClosed = 499;

/** Paths that machines request again and again: their lines are only for `debug`. */
const machines = /^\/(health\/|metrics$)/;

/**
 * Measures and logs every request, and records its span where tracing is on. It comes first, so that it sees
 * the answer that the client gets. The line holds no header, no query and no body.
 *
 * @param log gets a line per request: `info`, and `debug` for health and metrics
 */
export function observeRequests(registry: Registry, log: Logger): Middleware {
  // By OpenTelemetry's name and labels as Prometheus spells them: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Seconds from a request to the end of its answer; route: the pattern, "none" when no route matches',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return (ctx, next) => {
    const started = performance.now();
    const client = parseTraceparent(ctx.get('traceparent'));
    const span = startServerSpan(client, {
      'http.request.method': ctx.method,
      'url.path': ctx.path,
    });
    if (span !== undefined) setTraceOf(ctx, span.spanContext());
    else if (client !== undefined) setTraceOf(ctx, client);

    // `close` comes once for each answer, also when the client did not wait for it.
    ctx.res.once('close', () => {
      const ms = performance.now() - started;
      const status = ctx.res.writableFinished ? ctx.res.statusCode : clientClosed;
      const { method } = ctx;
      const pattern = routeOf(ctx);
      const route = pattern ?? 'none';
      durations.observe({ method, route, status }, ms / 1_000);
      const level = machines.test(route) ? 'debug' : 'info';
      if (log.isLevelEnabled(level)) {
        log[level]({
          method,
          route,
          ...(pattern !== undefined && pattern !== ctx.path && { path: ctx.path }),
          status,
          ms: Math.round(ms * 100) / 100,
          bytes: ctx.response.length,
          traceId: traceOf(ctx).traceId,
        });
      }
      if (span === undefined) return;
      span.updateName(`${method} ${route}`);
      span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    return span === undefined ? next() : within(span, next);
  };
}

/** The router's pattern, such as `/api/orders/:id`; undefined when nothing answers there. */
function routeOf({ matched = [], method }: Context): string | undefined {
  const layer = (matched as Layer[]).findLast(({ methods }) => methods.includes(method));
  return typeof layer?.path === 'string' ? layer.path : undefined;
}

/** What the router stores about each route with this path, whatever its methods are. */
interface Layer {
  readonly methods: readonly string[];
  readonly path: string | RegExp;
}
