import type { IdRange } from 'contracts/snapshot';

/**
 * Ranges that contain these ids, ascending. They contain other ids only when there would be more than `limit` ranges:
 * then the narrowest gaps are closed, and the caller must ignore the ids in them. Pure.
 *
 * @param ids ascending
 * @param limit at least 1
 */
export function coveringRanges(ids: readonly number[], limit: number): IdRange[] {
  const [first] = ids;
  const last = ids.at(-1);
  if (first === undefined || last === undefined) return [];
  const gaps = gapsOf(ids)
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, limit - 1)
    .sort((a, b) => a.from - b.from);
  const starts = [first, ...gaps.map(({ to }) => to + 1)];
  const ends = [...gaps.map(({ from }) => from - 1), last];
  return starts.map((from, i) => ({ from, to: ends[i] ?? last }));
}

function gapsOf(ids: readonly number[]): IdRange[] {
  return ids.flatMap((id, i) => {
    const from = (ids[i - 1] ?? id) + 1;
    return from < id ? [{ from, to: id - 1 }] : [];
  });
}
