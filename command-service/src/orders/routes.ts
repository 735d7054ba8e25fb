import Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, pathId } from 'service-kit/path-id';
import type { Sql } from 'service-kit/sql';
import { formatTraceparent, traceOf } from 'service-kit/trace-context';
import type { Database } from '../database';
import { readJson } from '../http/body';
import { type Answer, entityAnswer, send, sendIfModified } from '../http/answer';
import { readPrecondition } from '../http/etag';
import { toCents } from '../http/validation';
import { keyedRequest } from '../idempotency/keyed-request';
import { once } from '../idempotency/once';
import type { Route } from '../outbox/append-event';
import { changeStatus } from './change-status';
import { type NewOrder, type Order, orderAnswer } from './order';
import { placeOrder } from './place-order';
import { type CreateOrder, readChangeStatus, readCreateOrder } from './requests';
import { findOrder } from './table';

const path = '/api/orders';

/**
 * Placing and reading orders, and moving their status.
 *
 * @param keysLiveMs how long the answer to an Idempotency-Key is kept
 */
export function orderRoutes(database: Database, topic: string, keysLiveMs: number): Router {
  const router = new Router({ prefix: path });
  const route = (ctx: Context): Route => ({
    topic,
    traceparent: formatTraceparent(traceOf(ctx)),
  });

  router.post('/', async (ctx) => {
    const body = readCreateOrder(await readJson(ctx));
    const order = newOrder(body);
    const request = keyedRequest(ctx, `POST ${path}`, body);
    const place = async (sql: Sql): Promise<Answer> =>
      placed(await placeOrder(sql, order, route(ctx)));
    const answer =
      request === undefined
        ? await database.statement(place)
        : await database.transaction((sql) => once(sql, request, keysLiveMs, () => place(sql)));
    send(ctx, answer);
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

function placed(order: Order): Answer {
  return entityAnswer(201, 'order', order, orderAnswer(order), {
    Location: `${path}/${order.id}`,
  });
}

function present(order: Order) {
  return entityAnswer(200, 'order', order, orderAnswer(order));
}
