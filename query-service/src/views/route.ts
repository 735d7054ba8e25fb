import Router, { type RouterContext } from '@koa/router';
import type { Operation, Slice } from 'service-kit/openapi/operation';
import { type ViewOperation, viewOperation } from './description';

/** A GET route: its description for the OpenAPI document, and its work. */
export interface Route extends ViewOperation {
  /** The path as in the document: `/api/things/{id}`. */
  readonly path: string;
  /** Returns the JSON of a 200. @throws {Problem} with another described status */
  readonly respond: (ctx: RouterContext) => Promise<string>;
}

/** Makes the routes a part of the service's API. @param name their group in the document */
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
