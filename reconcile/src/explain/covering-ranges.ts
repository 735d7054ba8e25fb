import type { IdRange } from 'contracts/snapshot';

/**
 * Ranges that hold these ids, ascending. They hold no others, unless that takes more than `limit` ranges: then the
 * narrowest gaps are closed, and whoever asks by these ranges passes over what lies in them. Pure.
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
