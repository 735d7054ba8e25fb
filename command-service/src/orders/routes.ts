import Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, pathId } from 'service-kit/path-id';
import { formatTraceparent, traceOf } from 'service-kit/trace-context';
import type { Database } from '../database';
import { readJson } from '../http/body';
import { entityAnswer, send, sendIfModified } from '../http/answer';
import { readPrecondition } from '../http/etag';
import { toCents } from '../http/validation';
import { keyedRequest } from '../idempotency/keyed-request';
import type { Route } from '../outbox/append-event';
import { changeStatus } from './change-status';
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

  router.get('/:id', async (ctx) => {
    const id = pathId('order', ctx.params.id);
    const order = await database.read((sql) => findOrder(sql, id));
    if (order === undefined) throw notFound('order', id);
    sendIfModified(ctx, present(order));
  });

  return router;
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
