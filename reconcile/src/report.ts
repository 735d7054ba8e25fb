import type { Finding } from './finding';
import type { Verdict } from './reconcile';
import { commandOf, repairsOf } from './repair';

/** A verdict as JSON: the same for each replica, one line each. */
export function verdictJson(verdict: Verdict, inContainer: boolean): string {
  const { url, asOf, compared, caughtUp, findings } = verdict;
  const { count, list } = findings;
  return JSON.stringify({
    replica: url,
    equal: count === 0,
    asOf,
    compared,
    caughtUp,
    differences: count,
    listed: list,
    repairs: repairsOf(list).map((repair) => commandOf(repair, inContainer)),
  });
}

/** A verdict for people: one line when all is equal, else a table of what is not. */
export function verdictText(verdict: Verdict, inContainer: boolean): string {
  const { url, asOf, compared, caughtUp, findings } = verdict;
  const { count, list } = findings;
  const what = `${compared} aggregates and all views`;
  const late = caughtUp === 0 ? '' : `; ${caughtUp} were on their way and came`;
  if (count === 0) return `equal      ${url}: ${what}, as of ${asOf ?? 'the beginning'}${late}`;
  const more = count > list.length ? [`… and ${count - list.length} more`] : [];
  const repairs = repairsOf(list).map((repair) => `  → ${commandOf(repair, inContainer)}`);
  const head = `DIFFERENT  ${url}: ${count} of ${what}${late}`;
  return [head, '', ...table(list), ...more, '', ...repairs].join('\n');
}

function table(findings: readonly Finding[]): string[] {
  const rows = findings.map((f) => [f.key, f.problem, f.expected, f.found, f.difference ?? '']);
  const lines = aligned([['key', 'problem', 'PostgreSQL', 'views', 'difference'], ...rows]);
  return lines.map((line, i) => {
    const because = findings[i - 1]?.because ?? null;
    return because === null ? line : `${line}\n      ${because}`;
  });
}

/** Columns as wide as their widest cell, two blanks between them and before the first. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) =>
    rows.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  );
}
