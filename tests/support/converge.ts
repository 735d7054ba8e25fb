import { reconcile } from 'reconcile/reconcile';
import { until } from 'local/until';
import { type KeptViews, shownViews } from './oracle';
import type { Stack } from './stack';

/** What is on its way gets this long before a look counts it as a difference. */
const onTheWayMs = 5_000;

/**
 * Waits until the views equal PostgreSQL, aggregate by aggregate and row by row, as `npm run reconcile`
 * compares them. (Its own judge is `reconcile.local.test.ts`.)
 *
 * @returns the views
 */
export async function expectViewsToEqualPostgres(
  stack: Stack,
  deadlineMs = 60_000,
): Promise<KeptViews> {
  await until(async () => {
    const verdict = await reconcile({
      replica: { url: stack.queryAdmin },
      database: stack.database,
      deadlineMs: onTheWayMs,
    });
    expect(verdict).toMatchObject({ findings: { list: [] }, waiting: null });
  }, deadlineMs);
  return shownViews(stack);
}

/** A counter of the query service's `/metrics`; 0 when it restarted and has not counted yet. */
export async function metric(stack: Stack, name: string): Promise<number> {
  const text = await (await fetch(`${stack.queryAdmin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
}
