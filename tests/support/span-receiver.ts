import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a process has exported it. */
export interface ReceivedSpan {
  /** The process. */
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2: it failed. */
  readonly status: number;
}

/** Receives spans and metrics as any collector does: OTLP over HTTP, in JSON. */
export class SpanReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** By process: what it has sent last, a metric's type by its name. */
  readonly metrics = new Map<string, ReadonlyMap<string, string>>();

  private constructor(
    readonly url: string,
    readonly close: () => Promise<void>,
  ) {}

  /** @param port any free one unless told */
  static async start(port = 0): Promise<SpanReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const sent = JSON.parse(Buffer.concat(chunks).toString()) as Export & MetricsExport;
        if (request.url === '/v1/metrics') {
          for (const [service, metrics] of metricsOf(sent)) receiver.metrics.set(service, metrics);
        } else receiver.spans.push(...spansOf(sent));
        response.setHeader('Content-Type', 'application/json').end('{}');
      });
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new SpanReceiver(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async () => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    );
    return receiver;
  }
}

/** https://github.com/open-telemetry/opentelemetry-proto: the JSON form of ExportTraceServiceRequest. */
interface Export {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { spans: RawSpan[] }[];
  }[];
}
/** The JSON form of ExportMetricsServiceRequest. */
interface MetricsExport {
  resourceMetrics: {
    resource: { attributes: KeyValue[] };
    scopeMetrics: {
      metrics: { name: string; sum?: object; gauge?: object; histogram?: object }[];
    }[];
  }[];
}
interface KeyValue {
  key: string;
  value: { stringValue?: string; intValue?: number | string };
}
interface RawSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: KeyValue[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
}

function spansOf({ resourceSpans }: Export): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service,
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        from: Number(span.startTimeUnixNano) / 1e6,
        to: Number(span.endTimeUnixNano) / 1e6,
        attributes: attributesOf(span.attributes),
        links: span.links ?? [],
        status: span.status?.code ?? 0,
      })),
    );
  });
}

function metricsOf({ resourceMetrics }: MetricsExport): [string, Map<string, string>][] {
  return resourceMetrics.map(({ resource, scopeMetrics }) => [
    String(attributesOf(resource.attributes)['service.name']),
    new Map(
      scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .map(({ name, sum, gauge }) => [name, sum ? 'counter' : gauge ? 'gauge' : 'histogram']),
    ),
  ]);
}

function attributesOf(pairs: readonly KeyValue[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  );
}
