import { aggregates, type AggregateTable, eachTable } from 'contracts/aggregates';
import type { IdRange } from 'contracts/snapshot';
import type { PostgresSnapshot } from './snapshots/postgres-snapshot';
import type { Ranges } from './versions/compare-versions';

/** How many aggregates of a kind one turn compares, besides as many of the newest ones. */
const windowSize = 1_000;

/** The last ids that the rotation has compared. */
export type Turn = Readonly<Record<AggregateTable, number>>;

export const firstTurn: Turn = eachTable(() => 0);

/**
 * The next part to compare: the window behind the last turn's, beginning anew at the end, and the newest
 * aggregates, because most of what goes wrong goes wrong now. Windows count aggregates, not ids: a sequence may
 * have left a gap of any width.
 */
export async function nextRanges(
  postgres: PostgresSnapshot,
  before: Turn,
): Promise<{ ranges: Ranges; turn: Turn }> {
  const ranges: Partial<Record<AggregateTable, IdRange[]>> = {};
  const turn: Partial<Record<AggregateTable, number>> = {};
  for (const { table } of Object.values(aggregates)) {
    const next = advance(before[table], await boundsOf(postgres, table, before[table]));
    ranges[table] = next.ranges;
    turn[table] = next.to;
  }
  return { ranges: ranges as Ranges, turn: turn as Turn };
}

/** Ids of a table; 0 when it has no rows. */
interface Bounds {
  readonly highest: number;
  /** The lowest of the newest ids. */
  readonly newestFrom: number;
  /** The last id of the window after the last turn's, or of the first window when no rows follow. */
  readonly windowTo: number;
}

async function boundsOf(
  postgres: PostgresSnapshot,
  table: AggregateTable,
  before: number,
): Promise<Bounds> {
  const endOfWindow = (after: string): string =>
    `(SELECT max(id) FROM (SELECT id FROM ${table} WHERE id > ${after} ORDER BY id LIMIT ${windowSize}) rows)`;
  const [row] = await postgres.all<Record<keyof Bounds, string>>(
    `SELECT coalesce(max(id), 0) AS highest, coalesce(min(id), 0) AS "newestFrom",
            coalesce(${endOfWindow('$1')}, ${endOfWindow('0')}, 0) AS "windowTo"
     FROM (SELECT id FROM ${table} ORDER BY id DESC LIMIT ${windowSize}) newest`,
    [before],
  );
  return {
    highest: Number(row?.highest),
    newestFrom: Number(row?.newestFrom),
    windowTo: Number(row?.windowTo),
  };
}

function advance(before: number, bounds: Bounds): { ranges: IdRange[]; to: number } {
  const from = before >= bounds.highest ? 1 : before + 1;
  const to = bounds.windowTo;
  // The range has no upper end: ids of the query service beyond PostgreSQL's newest are findings, too.
  const newest = { from: Math.max(bounds.newestFrom, 1), to: Number.MAX_SAFE_INTEGER };
  if (newest.from <= to + 1)
    return { ranges: [{ from: Math.min(from, newest.from), to: newest.to }], to };
  return { ranges: [{ from, to }, newest], to };
}
