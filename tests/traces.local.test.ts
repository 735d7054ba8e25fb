import { until } from 'local/until';
import { LocalStack } from './support/local-stack';
import { sharedStack } from './support/shared-stack';
import { Shop } from './support/shop';
import { type ReceivedSpan, SpanReceiver } from './support/span-receiver';

let receiver: SpanReceiver;
let stack: LocalStack;
let productId: number;
let orderId: number;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
  receiver = await SpanReceiver.start(Number(new URL(spansUrl()).port));
  const { body } = await new Shop(stack.commands).createProduct('Laptop', 'Electronics', 500);
  productId = Number(body.id);
});
afterAll(() => receiver.close());

/** Where its processes send their spans. */
const spansUrl = (): string => stack.options.environment?.OTEL_EXPORTER_OTLP_ENDPOINT ?? '';

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
      body: `{"customerId":1,"items":[{"productId":${productId},"quantity":2,"price":90071.99}]}`,
    });
    expect(answer.status).toBe(201);
    orderId = ((await answer.json()) as { id: number }).id;
    await until(() => {
      const own = receiver.spans.filter(({ traceId }) => traceId === client.traceId);
      spans = new Map(own.map((one) => [one.name, one]));
      expect(own.map(({ name, service }) => `${service}: ${name}`).sort()).toEqual([
        'command-service: POST /api/orders',
        'command-service: place-orders',
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
    expect(span('send order-events').parentSpanId).toBe(span('POST /api/orders').spanId);
    expect(span('transaction').parentSpanId).toBe(span('send order-events').spanId);
    expect(span('place-orders').parentSpanId).toBe(span('transaction').spanId);
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
    expect(attributes['outbox.aggregate']).toBe(`order:${orderId}@1`);
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
    // Not in their ids and times, which hold any digits.
    const said = [...spans.values()].map(({ name, attributes }) => ({ name, attributes }));
    expect(JSON.stringify(said)).not.toMatch(/customerId|quantity|90071/);
  });
});

test('orders of one group keep their traces apart, and the transaction leads to all of them', async () => {
  const traceIds = Array.from({ length: 24 }, (_, n) => `3${String(n).padStart(31, '0')}`);
  const answers = await Promise.all(
    traceIds.map((traceId) =>
      fetch(`${stack.commands}/api/orders`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          traceparent: `00-${traceId}-${client.spanId}-01`,
        },
        body: `{"customerId":1,"items":[{"productId":${productId},"quantity":1,"price":500}]}`,
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(traceIds.map(() => 201));
  await until(() => {
    const own = receiver.spans.filter(({ traceId }) => traceIds.includes(traceId));
    const named = (name: string) => own.filter((one) => one.name === name);
    const sent = new Map(named('send order-events').map((one) => [one.traceId, one]));
    expect([...sent.keys()].sort()).toEqual(traceIds);
    for (const hop of ['relay', 'deliver', 'apply']) {
      expect(named(hop)).toHaveLength(traceIds.length);
      for (const { traceId, parentSpanId } of named(hop)) {
        expect(parentSpanId).toBe(sent.get(traceId)?.spanId);
      }
    }
    const transactions = named('transaction');
    expect(transactions.length).toBeLessThan(traceIds.length);
    const led = transactions.flatMap(({ parentSpanId, links }) => [
      parentSpanId,
      ...links.map(({ spanId }) => spanId),
    ]);
    expect(led.sort()).toEqual([...sent.values()].map(({ spanId }) => spanId).sort());
  }, 60_000);
});

test('a client that does not sample its trace is obeyed by both services', async () => {
  const traceId = '11111111111111111111111111111111';
  await fetch(`${stack.commands}/api/orders`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      traceparent: `00-${traceId}-00f067aa0ba902b7-00`,
    },
    body: `{"customerId":1,"items":[{"productId":${productId},"quantity":1,"price":500}]}`,
  });
  // Sampled, and behind the other one in the same topic: when it has arrived, so would have the other.
  const behind = '22222222222222222222222222222222';
  await fetch(`${stack.commands}/api/orders/${orderId}/status`, {
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

test('every process sends what Prometheus reads of it, under the same names', async () => {
  const { COMMAND_ADMIN_PORT, QUERY_ADMIN_PORT, RELAY_KEEPER_PORT } = stack.ports;
  const ports = {
    'command-service': COMMAND_ADMIN_PORT,
    'query-service': QUERY_ADMIN_PORT,
    'relay-keeper': RELAY_KEEPER_PORT,
  };
  for (const [service, port] of Object.entries(ports)) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const read = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
    expect(read.length).toBeGreaterThan(20);
    await until(() => expect([...(receiver.metrics.get(service) ?? [])]).toEqual(read), 60_000);
  }
});
