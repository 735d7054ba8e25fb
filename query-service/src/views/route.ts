import Router, { type RouterContext } from '@koa/router';
import type { Operation, Slice } from 'service-kit/openapi/operation';
import { type ViewOperation, viewOperation } from './description';

/** One GET: what it takes and answers, for the OpenAPI document, and how. */
export interface Route extends ViewOperation {
  /** As the document has it: `/api/things/{id}`. */
  readonly path: string;
  /** The JSON of a 200. @throws {Problem} with what else the description names */
  readonly respond: (ctx: RouterContext) => Promise<string>;
}

/** Routes as a part of the service's API. @param name groups them in the document */
export function sliceOf(name: string, routes: readonly Route[]): Slice {
  const router = new Router();
  const operations: Record<string, Operation> = {};
  for (const { path, respond, ...operation } of routes) {
    operations[`GET ${path}`] = viewOperation(operation);
    router.get(path.replace(/\{(\w+)\}/g, ':$1'), async (ctx) => {
      const json = await respond(ctx);
      ctx.type = 'application/json';
      ctx.body = json;
    });
  }
  return { name, router, operations };
}
