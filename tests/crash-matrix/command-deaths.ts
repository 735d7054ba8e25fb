import { randomUUID } from 'node:crypto';
import { failpoints } from '../../command-service/src/failpoints';
import { commandPoints, commands, type Command } from './command-points';
import { expectEqual } from './equal';
import type { Death } from './point';
import type { CommandService, Servers } from './servers';

export interface CommandDeath {
  readonly point: keyof typeof commandPoints;
  readonly command: Command;
}

/** Every failpoint with every command that passes it. */
export const commandDeaths: CommandDeath[] = Object.entries(commandPoints).flatMap(
  ([point, { passedBy }]) =>
    commands
      .filter((command) => passedBy.includes(command))
      .map((command) => ({ point: point as CommandDeath['point'], command })),
);

/**
 * Kills the service at one point of one command, looks at what that left, starts it again, repeats the
 * command as its client would, and waits until the views hold it.
 *
 * @param views the admin listener of a query service
 */
export async function dieInCommand(
  servers: Servers,
  service: CommandService,
  views: string,
  { point, command }: CommandDeath,
): Promise<Death> {
  const request = await requests[command](service.url, servers);
  const before = await traces(servers, request.mark);
  await service.arm(point);

  await expect(request.send()).rejects.toThrow('fetch failed');
  await service.diedAtFailpoint(point);
  const everything = commandPoints[point].left.startsWith('all');
  expect(await traces(servers, request.mark)).toEqual(everything ? request.done : before);

  await service.start();
  const servesMs = service.sinceDeath;
  const again = await request.send();
  expect(again.status).toBe(request.status);
  // Only a POST has a key; a status that is there already is a success without an event.
  const replayed = again.headers.get('idempotency-replayed');
  expect(replayed).toBe(everything && command !== 'status change' ? 'true' : null);
  expect(await traces(servers, request.mark)).toEqual(request.done);

  const { id } = (await again.json()) as { id: number };
  await expectInViews(servers, views, command === 'product' ? 'products' : 'orders', id);
  return { point, passedBy: command, servesMs, equalMs: service.sinceDeath };
}

/** Waits until the views hold the newest version of one aggregate. */
async function expectInViews(
  servers: Servers,
  views: string,
  kind: 'orders' | 'products',
  id: number,
): Promise<void> {
  const ranges = { orders: [], products: [], [kind]: [{ from: id, to: id }] };
  expect(await expectEqual(views, servers, ranges)).toBe(1);
}

interface Request {
  /** Tells this request's rows from all others: a product's name, or an order's customer. */
  readonly mark: string;
  send(): Promise<Response>;
  readonly status: number;
  /** What it leaves when it is done: see `traces`. */
  readonly done: Traces;
}

interface Traces {
  readonly entities: number;
  /** Newest version, 0 when there is no entity. */
  readonly version: number;
  readonly events: number;
}

/** Customers that nobody else has. */
let customer = 1_000;
const mark = (): string => String(++customer);

const requests: Record<Command, (url: string, servers: Servers) => Promise<Request>> = {
  product: (url) => {
    const name = randomUUID();
    return Promise.resolve({
      mark: name,
      send: post(`${url}/api/products`, { name, category: 'Crash', price: 2.5 }),
      status: 201,
      done: { entities: 1, version: 1, events: 1 },
    });
  },
  order: (url) => {
    const customer = mark();
    return Promise.resolve({
      mark: customer,
      send: post(`${url}/api/orders`, orderOf(customer)),
      status: 201,
      done: { entities: 1, version: 1, events: 1 },
    });
  },
  'status change': async (url) => {
    const customer = mark();
    const id = await placeOrder(url, customer);
    return {
      mark: customer,
      send: () => send('PUT', `${url}/api/orders/${id}/status`, { status: 'SHIPPED' }, {}),
      status: 200,
      done: { entities: 1, version: 2, events: 2 },
    };
  },
};

async function placeOrder(url: string, customer: string): Promise<number> {
  const placed = await post(`${url}/api/orders`, orderOf(customer))();
  return ((await placed.json()) as { id: number }).id;
}

const orderOf = (customer: string) => ({
  customerId: Number(customer),
  items: [{ productId: 1, quantity: 2, price: 1.25 }],
  // Stated, so that it passes the check of the time, too.
  placedAt: new Date().toISOString(),
});

/** The same key each time it is sent. */
function post(url: string, body: unknown): () => Promise<Response> {
  const headers = { 'Idempotency-Key': `"${randomUUID()}"` };
  return () => send('POST', url, body, headers);
}

function send(
  method: string,
  url: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** What PostgreSQL holds of a request. */
async function traces(servers: Servers, mark: string): Promise<Traces> {
  const [found] = await servers.sql<Traces>(
    `WITH entity AS (
       SELECT 'product' AS kind, id AS entity_id, version FROM products WHERE name = $1
       UNION ALL SELECT 'order', id, version FROM orders WHERE customer_id::text = $1
     )
     SELECT count(*)::int AS entities, coalesce(max(version), 0)::int AS version,
            (SELECT count(*)::int FROM outbox JOIN entity
             ON aggregatetype = kind AND aggregateid = entity_id::text) AS events
     FROM entity`,
    [mark],
  );
  if (found === undefined) throw new Error('no row of counts');
  return found;
}

/** Kills the service in its purge of expired keys: they count as none, deleted or not. */
export async function dieInPurge(servers: Servers, service: CommandService): Promise<Death> {
  const key = randomUUID();
  await servers.sql(
    `INSERT INTO idempotency_keys (route, key, fingerprint, status, headers, body, expires_at)
     VALUES ('POST /api/orders', $1, '', 201, '{}', '', now() - interval '1 hour')`,
    [key],
  );
  const left = () => servers.sql('SELECT FROM idempotency_keys WHERE key = $1', [key]);
  await service.arm(failpoints.keysDeleted);
  await service.diedAtFailpoint(failpoints.keysDeleted);
  expect(await left()).toHaveLength(1);

  await service.start();
  const servesMs = service.sinceDeath;
  const headers = { 'Idempotency-Key': key };
  const anew = await send('POST', `${service.url}/api/orders`, orderOf(mark()), headers);
  expect(anew.status).toBe(201);
  expect(anew.headers.get('idempotency-replayed')).toBeNull();
  const point = failpoints.keysDeleted;
  return { point, passedBy: 'purge of expired keys', servesMs, equalMs: service.sinceDeath };
}

/** Every failpoint that `reemit` passes. */
export const reemitDeaths = Object.entries(commandPoints)
  .filter(([, { passedBy }]) => passedBy.includes('reemit'))
  .map(([point]) => point as CommandDeath['point']);

/** Kills the one-shot `reemit` at one point, and runs it again. */
export async function dieInReemit(
  servers: Servers,
  service: CommandService,
  views: string,
  point: CommandDeath['point'],
): Promise<Death> {
  const id = await placeOrder(service.url, mark());
  // Only an event whose row is gone is made anew.
  if (point === failpoints.eventWritten) {
    await servers.sql(`DELETE FROM outbox WHERE aggregatetype = 'order' AND aggregateid = $1`, [
      id,
    ]);
  }
  /** Which transaction has written which row. */
  const rows = () =>
    servers.sql<{ id: string; xmin: string }>(
      `SELECT id, xmin::text FROM outbox WHERE aggregatetype = 'order' AND aggregateid = $1`,
      [id],
    );
  const before = await rows();
  const reemit = servers.reemit(point, [`order:${id}`]);
  await reemit.launch(`${point}=kill`);
  await reemit.diedAtFailpoint(point);
  const after = await rows();
  if (commandPoints[point].left.startsWith('all')) {
    expect(after.map((row) => row.id)).toEqual(before.map((row) => row.id));
    expect(after).not.toEqual(before);
  } else {
    expect(after).toEqual(before);
  }

  const died = performance.now() - reemit.sinceDeath;
  await reemit.launch();
  expect(await reemit.ended()).toBe(0);
  expect(await rows()).toHaveLength(1);
  await expectInViews(servers, views, 'orders', id);
  return { point, passedBy: 'reemit', servesMs: null, equalMs: performance.now() - died };
}
