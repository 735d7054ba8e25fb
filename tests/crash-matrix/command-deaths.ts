import { randomUUID } from 'node:crypto';
import { eachTable } from 'contracts/aggregates';
import {
  commandPoints,
  type CommandPoint,
  commands,
  type Command,
  readiness,
  type Reemit,
  reemits,
} from './command-points';
import { expectEqual } from './equal';
import type { Death, Point } from './point';
import type { CommandService, Servers } from './servers';

interface DeathOf<Passer> {
  readonly point: CommandPoint;
  readonly passedBy: Passer;
}

/** Every failpoint with every one of these that passes it. */
const deathsOf = <Passer extends string>(passers: readonly Passer[]): DeathOf<Passer>[] =>
  Object.entries<Point>(commandPoints).flatMap(([point, { passedBy }]) =>
    passers
      .filter((passer) => passedBy.includes(passer))
      .map((passer) => ({ point: point as CommandPoint, passedBy: passer })),
  );

export const commandDeaths = deathsOf([...commands, readiness]);
export const reemitDeaths = deathsOf(reemits);

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
  { point, passedBy: command }: DeathOf<Command | typeof readiness>,
): Promise<Death> {
  if (command === readiness) return dieInProbe(service, point);
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

  const kind = command === 'product' ? 'products' : 'orders';
  await expectInViews(servers, views, kind, await idOf(again));
  return { point, passedBy: command, servesMs, equalMs: service.sinceDeath };
}

/** Kills the service while it is asked whether it is ready. */
async function dieInProbe(service: CommandService, point: CommandPoint): Promise<Death> {
  await service.arm(point);
  await expect(fetch(`${service.url}/health/ready`)).rejects.toThrow('fetch failed');
  await service.diedAtFailpoint(point);
  await service.start();
  const ms = service.sinceDeath;
  return { point, passedBy: readiness, servesMs: ms, equalMs: ms };
}

/** Waits until the views hold the newest version of one aggregate. */
async function expectInViews(
  servers: Servers,
  views: string,
  kind: 'orders' | 'products',
  id: number,
): Promise<void> {
  const ranges = { ...eachTable(() => []), [kind]: [{ from: id, to: id }] };
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

async function createProduct(url: string): Promise<number> {
  const body = { name: randomUUID(), category: 'Crash', price: 2.5 };
  return idOf(await post(`${url}/api/products`, body)());
}

async function placeOrder(url: string, customer: string): Promise<number> {
  return idOf(await post(`${url}/api/orders`, orderOf(customer))());
}

const idOf = async (answer: Response): Promise<number> =>
  ((await answer.json()) as { id: number }).id;

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
  const point: CommandPoint = 'delete-expired-keys';
  await service.arm(point);
  await service.diedAtFailpoint(point);
  expect(await left()).toHaveLength(1);

  await service.start();
  const servesMs = service.sinceDeath;
  const headers = { 'Idempotency-Key': key };
  const anew = await send('POST', `${service.url}/api/orders`, orderOf(mark()), headers);
  expect(anew.status).toBe(201);
  expect(anew.headers.get('idempotency-replayed')).toBeNull();
  return { point, passedBy: 'purge of expired keys', servesMs, equalMs: service.sinceDeath };
}

/** Kills the one-shot `reemit` at one point, and runs it again. */
export async function dieInReemit(
  servers: Servers,
  service: CommandService,
  views: string,
  { point, passedBy }: DeathOf<Reemit>,
): Promise<Death> {
  const { kind, id, args, rowsAfter } = await reemitted(servers, service, { point, passedBy });
  /** Which transaction has written which row. */
  const rows = () =>
    servers.sql<{ id: string; xmin: string }>(
      `SELECT id::text, xmin::text FROM outbox WHERE aggregatetype = $1 AND aggregateid = $2
       UNION ALL SELECT 'version', version::text FROM ${kind}s WHERE id::text = $2`,
      [kind, String(id)],
    );
  const before = await rows();
  const reemit = servers.reemit(`${point}-${passedBy.replaceAll(' ', '-')}`, args);
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
  expect(await rows()).toHaveLength(rowsAfter + 1);
  await expectInViews(servers, views, `${kind}s`, id);
  return { point, passedBy, servesMs: null, equalMs: performance.now() - died };
}

/** Something that `reemit` has to do, and how many outbox rows the aggregate has when it is done. */
async function reemitted(
  servers: Servers,
  { url }: CommandService,
  { point, passedBy }: DeathOf<Reemit>,
): Promise<{ kind: 'order' | 'product'; id: number; args: string[]; rowsAfter: number }> {
  const words = passedBy.split(' ').slice(1);
  const kind = words.at(-1) === 'product' ? 'product' : 'order';
  const id = kind === 'product' ? await createProduct(url) : await placeOrder(url, mark());
  const args = words.map((word) => (word === kind ? `${kind}:${id}` : word));
  // Only an event whose row is gone is made anew.
  if (point === 'append-event') {
    await servers.sql('DELETE FROM outbox WHERE aggregatetype = $1 AND aggregateid = $2', [
      kind,
      String(id),
    ]);
  }
  if (!words.includes('--as-is')) return { kind, id, args, rowsAfter: 1 };
  // Its events are read only where PostgreSQL has noted no change.
  if (kind === 'product' || point === 'find-order-events') return { kind, id, args, rowsAfter: 2 };
  await servers.sql('UPDATE order_items SET quantity = quantity + 1 WHERE order_id = $1', [id]);
  // As it was, cancelled, and as it is.
  return { kind, id, args, rowsAfter: 3 };
}
