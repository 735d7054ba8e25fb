import Router from '@koa/router';
import { notFound, parseId, pathId } from 'service-kit/path-id';
import { ifStated, linkNext, noCursor, readLimit, readText } from 'service-kit/query-parameters';
import { formatTraceparent, traceOf } from 'service-kit/trace-context';
import type { Database } from '../database';
import { readJson } from '../http/body';
import { entityAnswer, send, sendIfModified } from '../http/answer';
import { pageSizes } from '../http/lists';
import { toCents } from '../http/validation';
import { keyedRequest } from '../idempotency/keyed-request';
import { once } from '../idempotency/once';
import { appendEvent } from '../outbox/append-event';
import { listProducts } from './list';
import { productAnswer, productCreated } from './product';
import { readCreateProduct } from './requests';
import { findProduct, insertProduct } from './table';

const path = '/api/products';

/**
 * Creating and reading products.
 *
 * @param keysLiveMs how long the answer to an Idempotency-Key is kept
 */
export function productRoutes(database: Database, topic: string, keysLiveMs: number): Router {
  const router = new Router({ prefix: path });

  router.post('/', async (ctx) => {
    const body = readCreateProduct(await readJson(ctx));
    const request = keyedRequest(ctx, `POST ${path}`, body);
    const route = { topic, traceparent: formatTraceparent(traceOf(ctx)) };
    const answer = await database.transaction((sql) =>
      once(sql, request, keysLiveMs, async () => {
        const product = await insertProduct(sql, { ...body, priceCents: toCents(body.price) });
        await appendEvent(sql, productCreated(product), route);
        const headers = { Location: `${path}/${product.id}` };
        return entityAnswer(201, 'product', product, productAnswer(product), headers);
      }),
    );
    send(ctx, answer);
  });

  router.get('/', async (ctx) => {
    const { limit, after } = ctx.query;
    const size = readLimit(limit, pageSizes.byDefault, pageSizes.max);
    const filter = {
      category: ifStated(ctx, 'category', readText),
      name: ifStated(ctx, 'name', readText),
    };
    // The last product of the page before: opaque to the client.
    const last = after === undefined ? 0 : typeof after === 'string' ? parseId(after) : null;
    if (last === null) throw noCursor();
    const { products, next } = await database.read((sql) => listProducts(sql, filter, last, size));
    if (next !== null) linkNext(ctx, String(next));
    ctx.body = products.map(productAnswer);
  });

  router.get('/:id', async (ctx) => {
    const id = pathId('product', ctx.params.id);
    const product = await database.read((sql) => findProduct(sql, id));
    if (product === undefined) throw notFound('product', id);
    sendIfModified(ctx, entityAnswer(200, 'product', product, productAnswer(product)));
  });

  return router;
}
