import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { createDescribedApplication } from 'service-kit/application';
import type { Guard } from 'service-kit/auth';
import { healthSlice } from 'service-kit/health';
import type { Logger } from 'service-kit/logger';
import type { Api } from 'service-kit/openapi/document';
import { readYourWrites } from './consistency/read-your-writes';
import { overviewOperations } from './dashboard/operations';
import { dashboardPages } from './dashboard/page';
import { overviewRoutes } from './dashboard/routes';
import { sayHowFresh } from './freshness';
import { pipelineOperations } from './pipeline/operations';
import type { PipelineWatch } from './pipeline/pipeline-watch';
import { pipelineRoutes } from './pipeline/routes';
import type { Projection } from './projection';
import { freshness } from './views/description';
import type { View } from './views/view';

const api: Api = {
  title: 'Query service',
  version: '1.0.0',
  description: `Answers from materialized views of what the command service committed, each change counted exactly
once. Every answer says by \`Views-State\` and \`As-Of\` how far it can be relied on and how fresh it is.

Every refusal is a problem (RFC 9457). Beside those of the operations, any request may be refused with 400, 405,
408, 414, 417 or 431 for what it looks like on the wire, with 503 and \`code\` \`busy\` when too many are under way, and with
500 by a defect, whose cause only the log tells.`,
};

/** The public side: the views' routes, the pipeline, the dashboard and health. Built here, listened to in main. */
export function createApp(
  projection: Projection,
  watch: PipelineWatch,
  guard: Guard,
  logger: Logger,
  observe?: Middleware,
): Koa {
  const { definition } = projection;
  const health = healthSlice(
    () => Promise.resolve(projection.notReady()),
    () => ({
      views: projection.state,
      asOf: projection.asOf,
      unverified: projection.unverified,
    }),
    {
      views: freshness['Views-State'].schema,
      asOf: { ...freshness['As-Of'].schema, type: ['string', 'null'] },
      unverified: {
        type: ['string', 'null'],
        description: 'Why events may be missing that nobody knows of, and what to run.',
      },
    },
    freshness,
  );
  const views = definition.views.map((view) => ({
    name: view.name,
    router: view.routes(projection.readerOf(view)),
    operations: view.operations,
  }));
  const fresh: Middleware = (ctx, next) => {
    sayHowFresh(ctx, projection);
    return next();
  };
  const viewOf = ({ path, method }: Context): View | undefined => {
    const asked = views.findIndex(({ router }) => router.match(path, method).route);
    return definition.views[asked];
  };
  const before = [readYourWrites(projection, viewOf)];
  const overview = {
    name: 'overview',
    router: overviewRoutes(projection, projection.metrics.traffic),
    operations: overviewOperations,
  };
  const pipeline = {
    name: 'pipeline',
    router: pipelineRoutes(watch),
    operations: pipelineOperations,
  };
  const slices = [...views, overview, pipeline];
  return createDescribedApplication(
    api,
    { open: [health], guarded: { guard, scope: 'analytics:read', before, slices } },
    logger,
    { pages: [dashboardPages()], before: [fresh], observe },
  );
}
