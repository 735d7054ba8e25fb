import Router from '@koa/router';
import { orderStatuses } from 'contracts/aggregates';
import type { Context } from 'koa';
import { notFound, parseId, pathId } from 'service-kit/path-id';
import {
  ifStated,
  linkNext,
  noCursor,
  readId,
  readInstant,
  readLimit,
  readOneOf,
  readText,
  type Text,
} from 'service-kit/query-parameters';
import { formatTraceparent, traceOf } from 'service-kit/trace-context';
import type { Database } from '../database';
import { readJson } from '../http/body';
import { entityAnswer, send, sendIfModified } from '../http/answer';
import { readPrecondition } from '../http/etag';
import { pageSizes } from '../http/lists';
import { toCents } from '../http/validation';
import { keyedRequest } from '../idempotency/keyed-request';
import type { Route } from '../outbox/append-event';
import { changeStatus } from './change-status';
import { type Filter, listOrders, type Place } from './list';
import { type NewOrder, type Order, orderAnswer } from './order';
import { placeInGroups } from './place-in-groups';
import { type CreateOrder, path, readChangeStatus, readCreateOrder } from './requests';
import { findOrder } from './table';

/**
 * Placing and reading orders, and moving their status.
 *
 * @param keysLiveMs how long the answer to an Idempotency-Key is kept
 */
export function orderRoutes(database: Database, topic: string, keysLiveMs: number): Router {
  const router = new Router({ prefix: path });
  const place = placeInGroups(database, keysLiveMs);
  const route = (ctx: Context): Route => ({
    topic,
    traceparent: formatTraceparent(traceOf(ctx)),
  });

  router.post('/', async (ctx) => {
    const body = readCreateOrder(await readJson(ctx));
    const request = keyedRequest(ctx, `POST ${path}`, body);
    send(ctx, await place({ order: newOrder(body), request }, route(ctx)));
  });

  router.put('/:id/status', async (ctx) => {
    const id = pathId('order', ctx.params.id);
    const precondition = readPrecondition(ctx.req.headers);
    const { status } = readChangeStatus(await readJson(ctx));
    const answer = await database.transaction(async (sql) =>
      present(await changeStatus(sql, id, { status, precondition }, route(ctx))),
    );
    send(ctx, answer);
  });

  router.get('/', async (ctx) => {
    const { limit, after } = ctx.query;
    const size = readLimit(limit, pageSizes.byDefault, pageSizes.max);
    const [filter, place] = [readFilter(ctx), readPlace(after)];
    const { orders, next } = await database.read((sql) => listOrders(sql, filter, place, size));
    if (next !== null) linkNext(ctx, `${next.placedAt}:${next.id}`);
    ctx.body = orders.map(orderAnswer);
  });

  router.get('/:id', async (ctx) => {
    const id = pathId('order', ctx.params.id);
    const order = await database.read((sql) => findOrder(sql, id));
    if (order === undefined) throw notFound('order', id);
    sendIfModified(ctx, present(order));
  });

  return router;
}

function readFilter(ctx: Context): Filter {
  return {
    customerId: ifStated(ctx, 'customerId', readId),
    productId: ifStated(ctx, 'productId', readId),
    category: ifStated(ctx, 'category', readText),
    status: ifStated(ctx, 'status', (name, text) => readOneOf(name, text, orderStatuses)),
    placedFrom: ifStated(ctx, 'placedFrom', readInstant),
    placedTo: ifStated(ctx, 'placedTo', readInstant),
  };
}

/** The last order of the page before: `<placedAt>:<id>`, opaque to the client. */
function readPlace(text: Text): Place | null {
  if (text === undefined) return null;
  const [, time, number = ''] =
    (typeof text === 'string' && /^(-?\d{1,15}):(\d{1,16})$/.exec(text)) || [];
  const [placedAt, id] = [new Date(Number(time)).getTime(), parseId(number)];
  if (Number.isNaN(placedAt) || id === null) throw noCursor();
  return { placedAt, id };
}

function newOrder({ customerId, items, placedAt }: CreateOrder): NewOrder {
  return {
    customerId,
    items: items.map(({ productId, quantity, price }) => ({
      productId,
      quantity,
      priceCents: toCents(price),
    })),
    placedAt: placedAt === undefined ? null : new Date(placedAt),
  };
}

function present(order: Order) {
  return entityAnswer(200, 'order', order, orderAnswer(order));
}
