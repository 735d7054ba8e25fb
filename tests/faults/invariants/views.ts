import { waitingSentence } from 'contracts/pipeline-faults';
import { until } from 'local/until';
import { reconcile } from 'reconcile/reconcile';
import { type KeptViews, readViews, recompute, shownViews, type Views } from '../../support/oracle';
import type { Stack } from '../../support/stack';
import { Violation } from '../violation';

const onTheWayMs = 5_000;

/**
 * B: the views equal what plain SQL computes from PostgreSQL, in the file and by HTTP. Only while nobody
 * asks for anything.
 *
 * @throws {Violation} naming the smallest key that differs by the deadline
 */
export async function checkViews(stack: Stack, deadlineMs: number): Promise<void> {
  const compare = async (): Promise<void> => {
    const verdict = await reconcile({
      replica: { url: stack.queryAdmin },
      database: stack.database,
      deadlineMs: onTheWayMs,
    });
    const { findings, waiting } = verdict;
    const [smallest] = findings.list.toSorted((a, b) => numberIn(a.key) - numberIn(b.key));
    if (smallest === undefined) {
      if (waiting === null) return;
      throw new Violation('B', waitingSentence(waiting.events, waiting.standstill), false);
    }
    const { key, problem, expected, found, because } = smallest;
    throw new Violation(
      'B',
      `${key} is ${problem}: expected ${expected}, found ${found}${because === null ? '' : ` (${because})`}; ` +
        `${findings.count} differences in all`,
      problem !== 'missing',
    );
  };
  await until(compare, deadlineMs, (error) => {
    // Only what is on its way can still come right.
    if (error instanceof Violation && error.isFinal) throw error;
  });
  const truth = await recompute(stack);
  for (const views of [await shownViews(stack), await readViews(stack, truth)]) {
    const different = firstDifference(truth, views);
    if (different !== null) throw new Violation('B', different);
  }
}

const numberIn = (key: string): number => Number(/\d+/.exec(key)?.[0] ?? Infinity);

function firstDifference(truth: Views, views: Views | KeptViews): string | null {
  for (const [kind, found] of Object.entries(views) as [keyof Views, KeptViews['products']][]) {
    const expected = truth[kind];
    for (const key of Object.keys({ ...expected, ...found }).toSorted()) {
      if (expected[key] === found[key]) continue;
      return `${kind} ${key}: expected ${expected[key]}, found ${found[key]}`;
    }
  }
  return null;
}
