import type { Context } from 'koa';
import type { ViewsState } from './serving/serving-views';

/**
 * Says how far the answer can be relied on and how fresh it is. Call it before the views are read: what is
 * read later is at least as fresh.
 */
export function sayHowFresh(
  ctx: Context,
  { state, asOf }: { readonly state: ViewsState; readonly asOf: string | null },
): void {
  ctx.set('Views-State', state);
  if (asOf !== null) ctx.set('As-Of', asOf);
}
