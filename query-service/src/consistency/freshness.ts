import type { Context } from 'koa';

/**
 * How far an answer can be relied on, the best first. When several hold, the last one counts.
 *
 * - `current`: everything up to the start is in the views, and `asOf` is at most so old as the service's bound
 * - `stale`: nothing newer has come through for longer than that bound, or never yet
 * - `catching-up`: events that are known to exist are not in the views yet
 * - `incomplete`: an event could not be applied; a newer one of its aggregate mends that. Or nobody knows whether
 *   events are missing, until the views were compared with PostgreSQL
 * - `untrusted`: the history in Kafka is not the one that these views were made from, or the database
 *   file is not what it was
 */
export const viewsStates = ['current', 'stale', 'catching-up', 'incomplete', 'untrusted'] as const;
export type ViewsState = (typeof viewsStates)[number];

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
