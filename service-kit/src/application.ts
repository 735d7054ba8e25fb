import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Guard, Scope } from './auth';
import type { Logger } from './logger';
import type { Api } from './openapi/document';
import type { Slice } from './openapi/operation';
import { apiRoutes } from './openapi/routes';
import { secured } from './openapi/security';
import { type Problem, problems } from './problem';

/** The routes of a listener, and who may use them. */
interface Slices<Part = Router> {
  /** Routes for everybody: health, pages, documentation. */
  readonly open: readonly Part[];
  /** Routes for callers whom the guard lets pass with this scope. */
  readonly guarded?: Guarded<Part>;
}

interface Guarded<Part> {
  readonly guard: Guard;
  readonly scope: Scope;
  /** Runs behind the guard, before these slices' routes. */
  readonly before?: readonly Middleware[];
  readonly slices: readonly Part[];
}

interface ApplicationOptions {
  /** Turns a service's own typed errors into problems; returns undefined for other errors. */
  readonly translate?: (error: unknown) => Problem | undefined;
  /** Runs before every route. */
  readonly before?: readonly Middleware[];
  /** Routes for operators that stand in no description, under a scope of their own. */
  readonly operators?: Guarded<Router>;
  /** Sees every request with the answer that its client gets. */
  readonly observe?: Middleware | undefined;
}

/** A Koa application of these slices that answers every error as a problem. It does not listen. */
export function createApplication(
  { open, guarded }: Slices,
  logger: Logger,
  { translate, before = [], operators, observe }: ApplicationOptions = {},
): Koa {
  const app = new Koa();
  app.on('error', (err) => logger.warn({ err }, 'an answer could not be sent'));
  if (observe !== undefined) app.use(observe);
  app.use(problems(logger, translate));
  for (const middleware of before) app.use(middleware);
  // Open and guarded routes have separate routers, because the guard runs before all routes of its router.
  const openRouter = routerOf(open, []);
  const guardedRouter = guardedRouterOf(guarded);
  const operatorsRouter = guardedRouterOf(operators);
  app.use(guardedRouter.routes()).use(operatorsRouter.routes()).use(openRouter.routes());
  // Added once for all slices: only together do they know which methods a path has.
  app.use(guardedRouter.allowedMethods());
  return app;
}

function guardedRouterOf(guarded?: Guarded<Router>): Router {
  if (guarded === undefined) return new Router();
  const { guard, scope, before = [], slices } = guarded;
  return routerOf(slices, [...guard.require(scope), ...before]);
}

function routerOf(slices: readonly Router[], before: readonly Middleware[]): Router {
  const router = new Router();
  for (const middleware of before) router.use(middleware);
  for (const slice of slices) router.use(slice.routes());
  return router;
}

/**
 * A public application: each of its routes is described at `/openapi.json`, and readable at `/docs`.
 *
 * @param pages what is for browsers and stands in no description
 * @throws {Error} naming the routes that are not described
 */
export function createDescribedApplication(
  api: Api,
  { open, guarded }: Slices<Slice>,
  logger: Logger,
  { pages = [], ...options }: ApplicationOptions & { readonly pages?: readonly Router[] } = {},
): Koa {
  const routersOf = (slices: readonly Slice[]): Router[] => slices.map(({ router }) => router);
  const documentation = apiRoutes(api, [
    ...(guarded?.slices ?? []).map((slice) =>
      guarded?.guard.enforced ? secured(slice, guarded.scope) : slice,
    ),
    ...open,
  ]);
  return createApplication(
    {
      open: [...routersOf(open), documentation, ...pages],
      ...(guarded && { guarded: { ...guarded, slices: routersOf(guarded.slices) } }),
    },
    logger,
    options,
  );
}
