import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { str } from 'envalid';
import { type EnvironmentOf, httpUrl } from './environment';
import { parseTraceparent } from './trace-context';

export { SpanKind };

/** The variables that switch tracing on, by OpenTelemetry's own names. Its SDK reads the finer ones itself. */
export const tracingSpecs = {
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl({
    default: undefined,
    desc: 'receiver of spans and metrics, OTLP over HTTP; empty: none are sent',
  }),
  OTEL_TRACES_EXPORTER: str({
    choices: ['otlp', 'console', 'none'],
    default: 'otlp',
    desc: 'where spans go',
  }),
};

/** Where a receiver takes a signal, as OpenTelemetry's specification says. */
export const otlpUrl = (endpoint: URL, signal: 'traces' | 'metrics'): string =>
  `${endpoint.href.replace(/\/$/, '')}/v1/${signal}`;

/** Where spans go; undefined when none are made. */
type TracingSettings = { readonly to: 'console' } | { readonly to: 'otlp'; url: string };

export function tracingOf(env: EnvironmentOf<typeof tracingSpecs>): TracingSettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: exporter } = env;
  if (exporter === 'console') return { to: 'console' };
  if (exporter === 'none' || endpoint === undefined) return undefined;
  return { to: 'otlp', url: otlpUrl(endpoint, 'traces') };
}

/** Undefined when no spans are made, so that tracing then costs nothing. */
let tracer: Tracer | undefined;

/**
 * Makes and exports spans from now on.
 *
 * @param service the process's name in traces
 * @returns a function that sends the remaining spans, for some seconds at most, and ends tracing
 */
export function startTracing(
  service: string,
  settings: TracingSettings | undefined,
): () => Promise<void> {
  if (settings === undefined) return () => Promise.resolve();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: service }),
    spanProcessors: [processorOf(settings)],
  });
  provider.register();
  tracer = provider.getTracer('outbox-analytics');
  return async () => {
    tracer = undefined;
    // A receiver that is away must not delay the process's end.
    await provider.shutdown().catch(() => undefined);
    trace.disable();
    context.disable();
  };
}

function processorOf(settings: TracingSettings): SpanProcessor {
  if (settings.to === 'console') return new SimpleSpanProcessor(new ConsoleSpanExporter());
  const exporter = new OTLPTraceExporter({ url: settings.url, timeoutMillis: 5_000 });
  return new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000 });
}

/** Whether spans are made. */
export const isTracing = (): boolean => tracer !== undefined;

/**
 * Runs `work` in a span, a child of the one around it. Without tracing it only runs it.
 *
 * @throws what `work` throws; the span then says that it failed, not with which values
 */
export async function inSpan<T>(
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  if (tracer === undefined) return work();
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Says that a span's work failed. */
export function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.name : 'an error';
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** The context of the present span; undefined outside of a trace. */
export function currentSpan(): SpanContext | undefined {
  return tracer === undefined ? undefined : trace.getActiveSpan()?.spanContext();
}

/** Links the present span to the spans of these `traceparent`s. */
export function addLinks(traceparents: readonly string[]): void {
  if (tracer === undefined) return;
  const linked = traceparents.map(parseTraceparent).filter((span) => span !== undefined);
  trace.getActiveSpan()?.addLinks(linked.map((context) => ({ context })));
}

/**
 * Begins a request's span, a child of the client's where it sent one.
 *
 * @returns undefined without tracing
 */
export function startServerSpan(
  client: SpanContext | undefined,
  attributes: Attributes,
): Span | undefined {
  if (tracer === undefined) return undefined;
  const parent = childrenOf(client);
  return tracer.startSpan('request', { kind: SpanKind.SERVER, attributes }, parent);
}

/** Runs `work` as a part of the span. */
export function within<T>(span: Span, work: () => Promise<T>): Promise<T> {
  return context.with(trace.setSpan(context.active(), span), work);
}

/** A span that has ended before it is recorded. */
interface PastSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly from: Date;
  readonly to: Date;
  readonly parent?: SpanContext;
  readonly links?: readonly SpanContext[];
}

/** @returns its context; undefined without tracing */
export function recordSpan(past: PastSpan): SpanContext | undefined {
  const span = tracer?.startSpan(
    past.name,
    {
      kind: past.kind,
      attributes: past.attributes,
      startTime: past.from,
      links: (past.links ?? []).map((linked) => ({ context: linked })),
    },
    childrenOf(past.parent),
  );
  // Clocks of two machines may differ: no span ends before it began.
  span?.end(past.to < past.from ? past.from : past.to);
  return span?.spanContext();
}

function childrenOf(parent: SpanContext | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}
