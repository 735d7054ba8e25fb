import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../system/child';
import { seeded } from 'local/seeded';

export interface VisibilityInput {
  readonly commands: string;
  readonly queries: string;
  readonly ordersPerSecond: number;
  readonly orders: number;
  /** Products 1 … n exist. The first half is for probes: no two probes under way share one. */
  readonly products: number;
}

export interface VisibilityOutput {
  /** From the answer to the POST until the GET that showed the order was answered, of each probe. */
  readonly visibleAfterMs: readonly number[];
  readonly acknowledged: number;
}

/** One order in so many is watched: asking for all would be a load of its own. */
const probeEvery = 4;
const pollMs = 1;
const deadlineMs = 60_000;
const agent = new Agent({ keepAlive: true });

/** Orders at a fixed rate, whatever the answers take, and looks when they are in the views. */
serve(async (input: VisibilityInput): Promise<VisibilityOutput> => {
  const { ordersPerSecond, orders, products } = input;
  const random = seeded(5);
  const visibleAfterMs: number[] = [];
  let acknowledged = 0;
  const place = async (n: number): Promise<void> => {
    const half = Math.floor(products / 2);
    const probe = n % probeEvery === 0 ? 1 + ((n / probeEvery) % half) : null;
    const before = probe === null ? 0 : await salesOf(input, probe);
    const items = [0, 1, 2].map((i) => ({
      productId: i === 0 && probe !== null ? probe : half + 1 + random(products - half),
      quantity: 1,
      price: 5,
    }));
    const { status, body } = await send(`${input.commands}/api/orders`, { customerId: 1, items });
    const acknowledgedAt = performance.now();
    if (status !== 201) throw new Error(`${status}: ${body}`);
    acknowledged++;
    if (probe === null) return;
    while ((await salesOf(input, probe)) < before + 5) {
      if (performance.now() - acknowledgedAt > deadlineMs) throw new Error('never visible');
      await sleep(pollMs);
    }
    visibleAfterMs.push(performance.now() - acknowledgedAt);
  };
  const startedAt = performance.now();
  const placed: Promise<void>[] = [];
  for (let n = 0; n < orders; n++) {
    const due = startedAt + (n / ordersPerSecond) * 1000;
    if (due > performance.now()) await sleep(due - performance.now());
    placed.push(place(n));
  }
  await Promise.all(placed);
  return { visibleAfterMs, acknowledged };
});

async function salesOf({ queries }: VisibilityInput, productId: number): Promise<number> {
  const { status, body } = await send(`${queries}/api/analytics/products/${productId}/sales`);
  if (status !== 200) throw new Error(`${status}: ${body}`);
  return (JSON.parse(body) as { totalSales: number }).totalSales;
}

/** A GET, or a POST of this body; by `node:http`, which takes less of the machine than `fetch`. */
function send(url: string, json?: unknown): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        agent,
        method: json === undefined ? 'GET' : 'POST',
        headers: json === undefined ? {} : { 'content-type': 'application/json' },
      },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (text: string) => (body += text));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(json === undefined ? undefined : JSON.stringify(json));
  });
}
