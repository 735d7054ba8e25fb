import { until } from 'local/until';
import { reconcile } from 'reconcile/reconcile';
import type { Ranges } from 'reconcile/versions/compare-versions';
import type { Servers } from './servers';

/** What arrives late, or answers late, because the machine is busy is no fault. */
const deadlineMs = 90_000;

/**
 * Waits until a query service's views equal PostgreSQL.
 *
 * @param views its admin listener
 * @param ranges some aggregates only, without the views; null: everything
 * @returns how many aggregates were compared
 */
export function expectEqual(
  views: string,
  { postgres }: Servers,
  ranges: Ranges | null = null,
): Promise<number> {
  return until(async () => {
    const verdict = await reconcile({
      replica: { url: views },
      database: postgres,
      deadlineMs: 5_000,
      ranges,
    });
    const { compared } = verdict;
    expect(verdict).toMatchObject({ findings: { list: [] }, waiting: null });
    return compared;
  }, deadlineMs);
}
