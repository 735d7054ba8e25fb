import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { toMetricData } from '../src/metrics-export';

const labelNames = ['topic'];

test('counters, gauges and histograms are what they are in OpenTelemetry, too', async () => {
  const registry = new Registry();
  const registers = [registry];
  const counter = new Counter({ name: 'events_total', help: 'Events', labelNames, registers });
  const gauge = new Gauge({ name: 'age_seconds', help: 'Age', labelNames, registers });
  const histogram = new Histogram({
    ...{ name: 'wait_seconds', help: 'Wait', labelNames, registers },
    buckets: [0.1, 1],
  });
  counter.inc({ topic: 'orders' }, 3);
  gauge.set({ topic: 'orders' }, 1.5);
  gauge.set({ topic: 'not known' }, NaN);
  for (const seconds of [0.05, 0.5, 0.6, 7]) histogram.observe({ topic: 'orders' }, seconds);
  histogram.observe({ topic: 'products' }, 0.5);

  const attributes = { topic: 'orders' };
  const startTime = [1_770_000_000, 0] as [number, number];
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  expect(toMetricData(await registry.getMetricsAsJSON(), startTime)).toMatchObject([
    {
      descriptor: { name: 'events_total', description: 'Events' },
      ...{ dataPointType: DataPointType.SUM, isMonotonic: true, aggregationTemporality },
      dataPoints: [{ startTime, attributes, value: 3 }],
    },
    {
      descriptor: { name: 'age_seconds' },
      dataPointType: DataPointType.GAUGE,
      dataPoints: [{ attributes, value: 1.5 }],
    },
    {
      descriptor: { name: 'wait_seconds' },
      ...{ dataPointType: DataPointType.HISTOGRAM, aggregationTemporality },
      dataPoints: [
        {
          attributes,
          // Prometheus says 1, 3, 4.
          value: { buckets: { boundaries: [0.1, 1], counts: [1, 2, 1] }, sum: 8.15, count: 4 },
        },
        {
          attributes: { topic: 'products' },
          value: { buckets: { boundaries: [0.1, 1], counts: [0, 1, 0] }, sum: 0.5, count: 1 },
        },
      ],
    },
  ]);
});

test('a summary is refused by its name', async () => {
  const registry = new Registry();
  new Summary({ name: 'wait', help: 'Wait', registers: [registry] }).observe(1);
  const found = await registry.getMetricsAsJSON();
  expect(() => toMetricData(found, [0, 0])).toThrow('wait is a summary');
});
