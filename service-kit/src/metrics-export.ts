import { type HrTime, ValueType } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { str } from 'envalid';
import type { MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client';
import { daySeconds, type EnvironmentOf, wholeNumber } from './environment';
import { otlpUrl, tracingSpecs } from './tracing';

/** What has metrics sent by OTLP, by OpenTelemetry's own names. */
export const metricsExportSpecs = {
  OTEL_EXPORTER_OTLP_ENDPOINT: tracingSpecs.OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_METRICS_EXPORTER: str({
    choices: ['otlp', 'none'],
    default: 'none',
    desc: 'otlp: metrics go to the receiver, too; Prometheus may ask for them in any case',
  }),
  OTEL_METRIC_EXPORT_INTERVAL: wholeNumber(
    100,
    daySeconds * 1_000,
  )({ default: 60_000, desc: 'milliseconds between two exports of metrics' }),
};

/** Where metrics go, and how often; undefined when nowhere. */
export type MetricsExport = { readonly url: string; readonly everyMs: number } | undefined;

export function metricsExportOf(env: EnvironmentOf<typeof metricsExportSpecs>): MetricsExport {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRICS_EXPORTER: exporter } = env;
  if (exporter === 'none' || endpoint === undefined) return undefined;
  return { url: otlpUrl(endpoint, 'metrics'), everyMs: env.OTEL_METRIC_EXPORT_INTERVAL };
}

/**
 * Sends the metrics that Prometheus would read, from now on, under the same names.
 *
 * @param service the process's name
 * @returns a function that sends them once more, for some seconds at most, and ends it
 */
export function exportMetrics(
  service: string,
  registry: Registry,
  settings: MetricsExport,
): () => Promise<void> {
  if (settings === undefined) return () => Promise.resolve();
  const { url, everyMs } = settings;
  const resource = resourceFromAttributes({ [ATTR_SERVICE_NAME]: service });
  const scope = { name: 'outbox-analytics' };
  const startTime = toHrTime(Date.now());
  const timeoutMs = Math.min(5_000, everyMs);
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url, timeoutMillis: timeoutMs }),
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers: [
      {
        collect: async () => {
          const metrics = toMetricData(await registry.getMetricsAsJSON(), startTime);
          return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
        },
      },
    ],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  // A receiver that is away must not delay the process's end.
  return () => provider.shutdown().catch(() => undefined);
}

type Found = MetricObjectWithValues<MetricValueWithName<string>>;

/**
 * Says in OpenTelemetry's terms what a registry of prom-client holds. Exported for tests.
 *
 * @param startTime since when counters and histograms count
 * @throws {Error} on a summary: its quantiles could not be added up over several processes, so nothing here has one
 */
export function toMetricData(found: readonly object[], startTime: HrTime): MetricData[] {
  const endTime = toHrTime(Date.now());
  return (found as Found[]).map((metric): MetricData => {
    const { name, help: description, values } = metric;
    const shared = {
      descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    const point = <T>(
      attributes: MetricValueWithName<string>['labels'],
      value: T,
    ): DataPoint<T> => ({
      ...{ startTime, endTime, value },
      attributes: { ...attributes },
    });
    const points = () =>
      values
        // What is not known has no value.
        .filter(({ value }) => !Number.isNaN(value))
        .map(({ labels, value }) => point(labels, value));
    switch (String(metric.type)) {
      case 'counter':
        return {
          ...shared,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints: points(),
        };
      case 'gauge':
        return { ...shared, dataPointType: DataPointType.GAUGE, dataPoints: points() };
      case 'histogram':
        return {
          ...shared,
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: histogramsOf(metric).map(({ labels, value }) => point(labels, value)),
        };
      default:
        throw new Error(`${name} is a ${String(metric.type)}`);
    }
  });
}

/** One histogram for each set of labels: Prometheus counts in each bucket what is in the smaller ones, too. */
function histogramsOf({ name, values }: Found) {
  const byLabels = new Map<
    string,
    { labels: Found['values'][number]['labels']; bounds: number[]; upTo: number[]; sum: number }
  >();
  for (const { metricName, labels, value } of values) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    const all = byLabels.get(key) ?? { labels: others, bounds: [], upTo: [], sum: 0 };
    byLabels.set(key, all);
    if (metricName === `${name}_sum`) all.sum = value;
    if (metricName !== `${name}_bucket`) continue;
    if (le !== '+Inf') all.bounds.push(Number(le));
    all.upTo.push(value);
  }
  return [...byLabels.values()].map(({ labels, bounds, upTo, sum }) => {
    const value: Histogram = {
      buckets: { boundaries: bounds, counts: upTo.map((count, i) => count - (upTo[i - 1] ?? 0)) },
      sum,
      count: upTo.at(-1) ?? 0,
    };
    return { labels, value };
  });
}

const toHrTime = (ms: number): HrTime => [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
