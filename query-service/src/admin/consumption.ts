import Router from '@koa/router';
import { commandOf } from 'contracts/commands';
import type { Context } from 'koa';
import { Problem } from 'service-kit/problem';
import type { Replica } from '../replica';
import { texts } from './parameters';

/**
 * Routes that show where consumption stands, and that resume it, rebuild the views, and decide about a running rebuild.
 * Bodies are JSON; switches are `"true"` or `"false"`. A `skip` names its `place`, `by` (who asks) and `why`.
 */
export function consumptionRoutes(replica: Replica): Router {
  const router = new Router();

  router.get('/consumption', (ctx) => {
    ctx.body = replica.describe();
  });

  router.post('/consumption/resume', async (ctx) => {
    await replica.resume();
    ctx.body = { consumption: 'resumed from the beginning of the topics' };
  });

  router.post('/consumption/skip', async (ctx) => {
    const { place = '', by = 'operator', why = '' } = await texts(ctx);
    if (why.trim() === '') throw new Problem(400, 'why is it skipped? `why` is required');
    await replica.skip(place, by, why);
    const compare = commandOf({ script: 'reconcile', args: [] });
    ctx.body = { consumption: `skipped ${place}; compare the views: run \`${compare}\`` };
  });

  router.post('/consumption/rebuild', async (ctx) => {
    const { hold, acceptTruncated } = await switches(ctx, ['hold', 'acceptTruncated']);
    ctx.body = { consumption: await replica.rebuild({ hold, acceptTruncated }) };
  });

  router.post('/consumption/rollback', async (ctx) => {
    ctx.body = { consumption: await replica.rollback(await switches(ctx, ['hold'])) };
  });

  router.post('/consumption/swap', async (ctx) => {
    ctx.body = { consumption: await replica.swap() };
  });

  // Called by those who compare: `reconcile`, and the relay keeper.
  router.post('/consumption/verified', async (ctx) => {
    const { token = '' } = await texts(ctx);
    await replica.verified(token);
    ctx.body = { consumption: 'verified' };
  });

  router.post('/consumption/abort', async (ctx) => {
    ctx.body = { consumption: await replica.abort() };
  });

  return router;
}

/** The switches of a body; absent is off. @throws {Problem} 400 on others, and on other values */
async function switches<Name extends string>(
  ctx: Context,
  names: readonly Name[],
): Promise<Record<Name, boolean>> {
  const given = await texts(ctx);
  const unknown = Object.keys(given).find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new Problem(400, `${unknown} is none of ${names.join(', ')}`);
  const entries = names.map((name) => {
    const value = given[name] ?? 'false';
    if (value !== 'true' && value !== 'false')
      throw new Problem(400, `${name} must be "true" or "false"`);
    return [name, value === 'true'];
  });
  return Object.fromEntries(entries) as Record<Name, boolean>;
}
