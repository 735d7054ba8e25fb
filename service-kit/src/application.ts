import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Logger } from './logger';
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
