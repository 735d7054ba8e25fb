import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { createDescribedApplication } from 'service-kit/application';
import { healthSlice } from 'service-kit/health';
import type { Api } from 'service-kit/openapi/document';
import type { AppOptions } from './admin/app';
import { readYourWrites } from './consistency/read-your-writes';
import { overviewOperations } from './dashboard/operations';
import { dashboardPages } from './dashboard/page';
import { overviewRoutes } from './dashboard/routes';
import { type Neighbours, operatorRoutes } from './operators/routes';
import { sayHowFresh } from './consistency/freshness';
import { pipelineOperations } from './pipeline/operations';
import { pipelineRoutes } from './pipeline/routes';
import { freshness } from './views/description';
import { sliceOf } from './views/route';
import type { View } from './views/view';

const api: Api = {
  title: 'Query service',
  version: '1.0.0',
  description: `Answers from materialized views of what the command service committed, each change counted exactly
once. Every answer says by \`Views-State\` and \`As-Of\` how far it can be relied on and how fresh it is.

Every refusal is a problem (RFC 9457). Beside those of the operations, any request may be refused with 400, 405,
408, 414, 417, 431, 501 or 505 for what it looks like on the wire, with 421 when it asks by a name that is not the service's, with 403
and \`code\` \`cross-site\` when a page of another site would change something by it, with 503 and \`code\` \`busy\` when too many are
under way, or wait, and with 500 by a defect, whose cause only the log tells.`,
};

/**
 * The public side: the views' routes, the pipeline, the dashboard and health. Built here, listened to in main.
 *
 * @param neighbours null: the page shows no orders, and changes nothing
 */
export function createApp(
  { replica, watch, guard, logger, observe }: AppOptions,
  neighbours: Neighbours | null = null,
): Koa {
  const { definition, serving } = replica;
  const health = healthSlice(
    () => Promise.resolve(serving.notReady()),
    () => ({
      views: serving.state,
      asOf: serving.asOf,
      unverified: replica.unverified,
      stale: serving.stale,
    }),
    {
      views: freshness['Views-State'].schema,
      asOf: { ...freshness['As-Of'].schema, type: ['string', 'null'] },
      unverified: {
        type: ['string', 'null'],
        description: 'Why events may be missing that nobody knows of, and what to run.',
      },
      stale: {
        type: ['string', 'null'],
        description:
          'Why answers are older than `VIEWS_STALE_AFTER_SECONDS`. They are marked `stale`, and the service stays ' +
          'ready: all replicas read the same relay, and would go out together.',
      },
    },
    freshness,
  );
  const views = definition.views.map((view) =>
    sliceOf(view.name, view.routes(serving.readerOf(view))),
  );
  const fresh: Middleware = (ctx, next) => {
    sayHowFresh(ctx, serving);
    return next();
  };
  const overview = {
    name: 'overview',
    router: overviewRoutes(serving.reader, replica.metrics.traffic),
    operations: overviewOperations,
  };
  const viewOf = ({ path, method }: Context): View | undefined => {
    const asked = views.findIndex(({ router }) => router.match(path, method).route);
    const [layer] = overview.router.match(path, method).pathAndMethod;
    return definition.views.find(({ name }, index) => index === asked || name === layer?.name);
  };
  const before = [readYourWrites(serving, viewOf)];
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
    {
      pages: [dashboardPages({ isForOperators: neighbours !== null })],
      before: [fresh],
      observe,
      ...(neighbours && {
        operators: {
          guard,
          scope: 'admin' as const,
          slices: [operatorRoutes(replica, neighbours, logger)],
        },
      }),
    },
  );
}
