import type { Fired } from './episode';
import type { RunResult } from './run';

/** One line when a fault is over. */
export function lineOf({ name, evidence, withOther, recoveryMs }: Fired): string {
  const how = withOther ? ' (with another)' : '';
  return `  ✓ ${name}${how}: ${evidence}; well after ${seconds(recoveryMs)} s`;
}

/** A table: how often each fault happened, and how long until everything was well after it. */
export function tableOf({ fired, ledger, honesty }: RunResult): string {
  const names = [...new Set(fired.map(({ name }) => name))].toSorted();
  const rows = names.map((name) => {
    const all = fired.filter((one) => one.name === name);
    const alone = all.filter(({ withOther }) => !withOther).map(({ recoveryMs }) => recoveryMs);
    const paired = all.filter(({ withOther }) => withOther).map(({ recoveryMs }) => recoveryMs);
    return [name, String(all.length), ...spread(alone), ...spread(paired)];
  });
  const head = ['fault', 'times', 'alone p50', 'max', 'with another p50', 'max'];
  const { acknowledged, refused, unanswered, repeated, bad, lost } = ledger.counts;
  return [
    ...aligned([head, ...rows]),
    `commands: ${acknowledged} acknowledged, ${refused} refused, ${unanswered} unanswered, ${repeated} repeated, ${bad} bad, ${lost} lost`,
    `answers: ${honesty.answers} judged, ${honesty.current} of them current, ${honesty.stale} stale; ${honesty.none} requests without an answer`,
  ].join('\n');
}

function spread(recoveries: readonly number[]): [string, string] {
  const sorted = recoveries.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  const longest = sorted.at(-1);
  return median === undefined || longest === undefined
    ? ['', '']
    : [seconds(median), seconds(longest)];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

function aligned(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  '),
  );
}
