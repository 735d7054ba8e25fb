import type Koa from 'koa';
import type { Middleware } from 'koa';
import { createApplication } from 'service-kit/application';
import { healthRoutes } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import type { Projection } from './projection';

/** The public side: the views' routes and health. Built here, listened to in main. */
export function createApp(projection: Projection, logger: Logger): Koa {
  const { definition } = projection;
  const health = healthRoutes(
    () => Promise.resolve(projection.notReady()),
    () => ({ views: projection.state, asOf: projection.asOf }),
  );
  const slices = [
    health,
    ...definition.views.map((view) => view.routes(projection.readerOf(view))),
  ];
  return createApplication(slices, logger, { before: [sayHowFresh(projection)] });
}

function sayHowFresh(projection: Projection): Middleware {
  return async (ctx, next) => {
    // Set before the views are read: what is read later is at least as fresh.
    ctx.set('Views-State', projection.state);
    if (projection.asOf !== null) ctx.set('As-Of', projection.asOf);
    await next();
  };
}
