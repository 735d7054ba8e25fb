import { commandOf } from 'contracts/commands';
import type { Finding } from './finding';
import { waitingSentence } from 'contracts/pipeline-faults';
import { printable } from 'contracts/printable';
import { isEqual, type Verdict } from './reconcile';
import { repairsOf } from './repair';

/** A verdict as one line of JSON. */
export function verdictJson(verdict: Verdict): string {
  const { url, asOf, compared, caughtUp, findings, waiting } = verdict;
  const { count, list } = findings;
  return JSON.stringify({
    replica: url,
    equal: isEqual(verdict),
    asOf,
    compared,
    caughtUp,
    differences: count,
    listed: list,
    waiting,
    repairs: repairsOf(list).map((repair) => commandOf(repair)),
  });
}

/** A verdict for people: one line when all is equal, else a table of the findings. */
export function verdictText(verdict: Verdict): string {
  const { url, asOf, compared, caughtUp, findings, waiting } = verdict;
  const { count, list } = findings;
  const what = `${compared} aggregates and all views`;
  const late = caughtUp === 0 ? '' : `; ${caughtUp} were on their way and came`;
  const as = `as of ${asOf ?? 'the beginning'}${late}`;
  const waits =
    waiting === null
      ? []
      : [
          `WAITING    ${url}: ${waitingSentence(waiting.events, waiting.standstill)}`,
          `           the other ${compared - waiting.aggregates} of ${what} ${count === 0 ? 'are equal' : 'were compared'}, ${as}`,
        ];
  if (count === 0) {
    return waits.length > 0 ? linesOf(waits) : `equal      ${url}: ${what}, ${as}`;
  }
  const more = count > list.length ? [`… and ${count - list.length} more`] : [];
  const repairs = repairsOf(list).map((repair) => `  → ${commandOf(repair)}`);
  const head = `DIFFERENT  ${url}: ${count} of ${what}${late}`;
  return linesOf([...waits, head, '', ...table(list), ...more, '', ...repairs]);
}

const linesOf = (lines: readonly string[]): string => lines.map(printable).join('\n');

function table(findings: readonly Finding[]): string[] {
  const rows = findings.map((f) => [f.key, f.problem, f.expected, f.found, f.difference ?? '']);
  const lines = aligned([['key', 'problem', 'PostgreSQL', 'views', 'difference'], ...rows]);
  return lines.flatMap((line, i) => {
    const because = findings[i - 1]?.because ?? null;
    return because === null ? [line] : [line, `      ${because}`];
  });
}

/** Aligns columns by their widest cell, with two blanks between them and before the first. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) =>
    rows.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  );
}
