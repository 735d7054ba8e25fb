import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'local/until';
import { Shop } from './support/shop';
import { LocalStack } from './support/local-stack';
import { type ReceivedSpan, SpanReceiver } from './support/span-receiver';

jest.setTimeout(180_000);

let receiver: SpanReceiver;
let stack: LocalStack;
beforeAll(async () => {
  receiver = await SpanReceiver.start();
  stack = await LocalStack.start({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  await new Shop(stack.commands).createProduct('Laptop', 'Electronics', 500);
});
afterAll(async () => {
  await stack.remove();
  await receiver.close();
});

const client = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

describe("the trace of one order, from the client's request to the SQLite commit", () => {
  let spans: Map<string, ReceivedSpan>;
  const span = (name: string): ReceivedSpan => {
    const found = spans.get(name);
    if (found === undefined) throw new Error(`no span ${name}: ${[...spans.keys()].join(', ')}`);
    return found;
  };

  beforeAll(async () => {
    const answer = await fetch(`${stack.commands}/api/orders`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        traceparent: `00-${client.traceId}-${client.spanId}-01`,
      },
      body: '{"customerId":1,"items":[{"productId":1,"quantity":2,"price":500}]}',
    });
    expect(answer.status).toBe(201);
    await until(() => {
      const own = receiver.spans.filter(({ traceId }) => traceId === client.traceId);
      spans = new Map(own.map((one) => [one.name, one]));
      expect(own.map(({ name, service }) => `${service}: ${name}`).sort()).toEqual([
        'command-service: POST /api/orders',
        'command-service: send order-events',
        'command-service: transaction',
        'query-service: apply',
        'query-service: deliver',
        'query-service: relay',
      ]);
    }, 60_000);
  });

  test("is the client's: each span is the child of what caused it", () => {
    expect(span('POST /api/orders').parentSpanId).toBe(client.spanId);
    expect(span('transaction').parentSpanId).toBe(span('POST /api/orders').spanId);
    expect(span('send order-events').parentSpanId).toBe(span('transaction').spanId);
    for (const hop of ['relay', 'deliver', 'apply']) {
      expect(span(hop).parentSpanId).toBe(span('send order-events').spanId);
    }
  });

  test('has no hole in time between the outbox row and the commit that shows it', () => {
    const [sent, relay, deliver, apply] = ['send order-events', 'relay', 'deliver', 'apply'].map(
      span,
    );
    // PostgreSQL stamps it when the order is written, in milliseconds rounded down.
    expect(relay?.from).toBeGreaterThanOrEqual(span('transaction').from - 5);
    expect(relay?.from).toBeLessThanOrEqual((sent?.to ?? NaN) + 5);
    expect(deliver?.from).toBe(relay?.to);
    expect(apply?.from).toBe(deliver?.to);
    expect(apply?.to).toBeGreaterThanOrEqual(apply?.from ?? NaN);
  });

  test('says which record it was, and leads to the batch that it was applied in', () => {
    const { attributes, links } = span('apply');
    expect(attributes['messaging.kafka.record']).toMatch(/^order-events\/\d@\d+$/);
    expect(attributes['outbox.aggregate']).toBe('order:1@1');
    const batch = receiver.spans.find(({ spanId }) => spanId === links[0]?.spanId);
    expect(batch?.name).toBe('apply batch');
    expect(batch?.links.map(({ spanId }) => spanId)).toContain(span('send order-events').spanId);
  });

  test('holds the route and the status, and nothing of the body', () => {
    const request = span('POST /api/orders');
    expect(request.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/api/orders',
      'http.response.status_code': 201,
    });
    expect(JSON.stringify([...spans.values()])).not.toMatch(/customerId|quantity|500/);
  });
});

test('a client that does not sample its trace is obeyed by both services', async () => {
  const traceId = '11111111111111111111111111111111';
  await fetch(`${stack.commands}/api/orders`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      traceparent: `00-${traceId}-00f067aa0ba902b7-00`,
    },
    body: '{"customerId":1,"items":[{"productId":1,"quantity":1,"price":500}]}',
  });
  // Sampled, and behind the other one in the same topic: when it has arrived, so would have the other.
  const behind = '22222222222222222222222222222222';
  await fetch(`${stack.commands}/api/orders/1/status`, {
    method: 'PUT',
    headers: {
      'Content-Type': 'application/json',
      traceparent: `00-${behind}-00f067aa0ba902b7-01`,
    },
    body: '{"status":"SHIPPED"}',
  });
  await until(() => {
    const names = receiver.spans.filter((one) => one.traceId === behind).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['PUT /api/orders/:id/status', 'apply']));
  }, 60_000);
  expect(receiver.spans.filter((one) => one.traceId === traceId)).toEqual([]);
});

const read = (path: string): string => readFileSync(join(__dirname, '..', path), 'utf8');
const rules = read('docker/observability/alerts.yml');
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

test('each alert has its paragraph in operations.md, which it names, and a case in which it fires', () => {
  expect(alerts.length).toBeGreaterThan(15);
  const headings = [...read('docs/operations.md').matchAll(/^### (\w+)$/gm)].map(
    ([, name]) => name,
  );
  const cases = read('docker/observability/alerts.test.yml');
  for (const name of alerts) {
    expect(headings).toContain(name);
    expect(rules).toContain(`runbook: docs/operations.md#${name.toLowerCase()}\n`);
    expect(cases).toContain(`alertname="${name}"`);
  }
});

test('each metric that a rule or the dashboard asks for is shown by a running process', async () => {
  const { COMMAND_ADMIN_PORT, QUERY_ADMIN_PORT, RELAY_KEEPER_PORT } = stack.ports;
  const texts = await Promise.all(
    [COMMAND_ADMIN_PORT, QUERY_ADMIN_PORT, RELAY_KEEPER_PORT].map(async (port) =>
      (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    ),
  );
  const shown = new Set(texts.join('').match(/(?<=^# TYPE )\w+/gm));
  const dashboard = read('docker/observability/grafana/dashboards/outbox-analytics.json');
  const expressions = [
    ...[...rules.matchAll(/expr: (?:>-\s+)?(.*)/g)].map(([, text = '']) => text),
    ...[...dashboard.matchAll(/"expr": (".*")/g)].map(
      ([, text = '']) => JSON.parse(text) as string,
    ),
  ].filter((text) => !text.startsWith('ALERTS'));
  const asked = expressions.flatMap(
    (text) => text.replace(/\{.*?\}/g, '').match(/\b[a-z]+_\w+\b(?! *\()/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(40);
  const named = asked.map((name) => name.replace(/_(bucket|count)$/, ''));
  const missing = asked.filter((name, i) => !shown.has(name) && !shown.has(named[i] ?? ''));
  expect(missing).toEqual([]);
});
