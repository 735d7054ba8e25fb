import Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, pathId } from 'service-kit/path-id';
import { formatTraceparent, traceOf } from 'service-kit/trace-context';
import type { Database } from '../database';
import { readJson } from '../http/body';
import { type Answer, entityAnswer, send } from '../http/answer';
import { readIfMatch } from '../http/etag';
import { toCents } from '../http/validation';
import { keyedRequest } from '../idempotency/keyed-request';
import { once } from '../idempotency/once';
import type { Route } from '../outbox/append-event';
import type { Sql } from '../transaction';
import { changeStatus } from './change-status';
import { findOrder } from './find-order';
import { type NewOrder, type Order, orderAnswer } from './order';
import { placeOrder } from './place-order';
import { type CreateOrder, readChangeStatus, readCreateOrder } from './requests';

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
    const ifMatch = readIfMatch(ctx.req.headers['if-match']);
    const { status } = readChangeStatus(await readJson(ctx));
    const order = await database.transaction((sql) =>
      changeStatus(sql, id, { status, ifMatch }, route(ctx)),
    );
    send(ctx, present(order));
  });

  router.get('/:id', async (ctx) => {
    const id = pathId('order', ctx.params.id);
    const order = await database.read((sql) => findOrder(sql, id));
    if (order === undefined) throw notFound('order', id);
    send(ctx, present(order));
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

function present(order: Order): Answer {
  return entityAnswer(200, 'order', order, orderAnswer(order));
}
