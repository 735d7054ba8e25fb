import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import type { Context } from 'koa';

const version00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ids = new RandomIdGenerator();

/**
 * Reads a W3C `traceparent`: https://www.w3.org/TR/trace-context/#traceparent-header
 *
 * @returns undefined when it is not valid
 */
export function parseTraceparent(text: string): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = version00.exec(text) ?? [];
  const parsed = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}

/** Writes a span's context as a `traceparent`. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/**
 * The trace of a request: that of its span where spans are recorded, else the client's, else a new one. The log and the
 * request's events contain its id.
 */
export function traceOf(ctx: Context): SpanContext {
  const state = ctx.state as { trace?: SpanContext };
  return (state.trace ??= parseTraceparent(ctx.get('traceparent')) ?? newTrace());
}

export function setTraceOf(ctx: Context, trace: SpanContext): void {
  (ctx.state as { trace?: SpanContext }).trace = trace;
}

/** A new trace. It is not sampled, because nobody records its spans. */
export function newTrace(): SpanContext {
  const traceId = ids.generateTraceId();
  return { traceId, spanId: ids.generateSpanId(), traceFlags: TraceFlags.NONE };
}
