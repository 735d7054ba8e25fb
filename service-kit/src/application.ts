import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from './logger';
import type { Api } from './openapi/document';
import type { Slice } from './openapi/operation';
import { apiRoutes } from './openapi/routes';
import { type Problem, problems } from './problem';

export interface ApplicationOptions {
  /** Turns a service's own typed errors into problems; undefined for the rest. */
  readonly translate?: (error: unknown) => Problem | undefined;
  /** Runs before every route. */
  readonly before?: readonly Middleware[];
}

/** A Koa application of these slices that answers every error as a problem. It does not listen. */
export function createApplication(
  slices: readonly Router[],
  logger: Logger,
  { translate, before = [] }: ApplicationOptions = {},
): Koa {
  const app = new Koa();
  app.on('error', (err) => logger.warn({ err }, 'an answer could not be sent'));
  app.use(problems(logger, translate));
  for (const middleware of before) app.use(middleware);
  const router = new Router();
  for (const slice of slices) router.use(slice.routes());
  // Once for all slices: only together do they know which methods a path has.
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}

/**
 * A public application: each of its routes is described at `/openapi.json`, and readable at `/docs`.
 *
 * @param pages what is for browsers and stands in no description
 * @throws {Error} naming the routes that are not described
 */
export function createDescribedApplication(
  api: Api,
  slices: readonly Slice[],
  logger: Logger,
  { pages = [], ...options }: ApplicationOptions & { readonly pages?: readonly Router[] } = {},
): Koa {
  const routers = slices.map(({ router }) => router);
  return createApplication([...routers, apiRoutes(api, slices), ...pages], logger, options);
}
