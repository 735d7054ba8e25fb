import { reconcile } from 'reconcile/reconcile';
import { until } from 'local/until';
import type { System } from '../system/system';

/** As `npm run reconcile` compares them: every aggregate, every row. */
export async function viewsEqualPostgres(system: System, withinMs = 120_000): Promise<void> {
  await until(async () => {
    const { findings, waiting } = await reconcile({
      replica: { url: system.url('QUERY_ADMIN_PORT') },
      database: system.database,
      deadlineMs: 5_000,
    });
    if (waiting !== null) throw new Error(`${waiting.events} events are on their way`);
    if (findings.list.length > 0) throw new Error(JSON.stringify(findings.list.slice(0, 3)));
  }, withinMs);
}
