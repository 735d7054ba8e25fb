import { batchPoints } from './batch-points';
import { commandPoints } from './command-points';
import { keeperPoints } from './keeper-points';
import type { LastRun } from './last-run';
import type { Death, Point } from './point';

/** All failpoints of the system, by the process that passes them. The compiler demands each of them. */
export const allPoints: readonly (readonly [string, Readonly<Record<string, Point>>])[] = [
  ['command service', commandPoints],
  ['query service', batchPoints],
  ['relay keeper', keeperPoints],
];

/** What passes a failpoint, and has not died there: `name by whom`. */
export function missing(deaths: readonly Death[]): string[] {
  const died = new Set(deaths.map(({ point, passedBy }) => `${point} by ${passedBy}`));
  return allPoints
    .flatMap(([, points]) => Object.entries(points))
    .flatMap(([name, { passedBy }]) => passedBy.map((by) => `${name} by ${by}`))
    .filter((pair) => !died.has(pair));
}

/** The table of docs/delivery-guarantees.md, in Markdown: a row for the failpoints that leave the same. */
export function renderTable({ deaths, command, machine, date, seconds }: LastRun): string {
  const header = [
    'failpoints',
    'who asked sees',
    'left behind',
    'recovery',
    'serves after',
    'all equal after',
  ];
  const sections = allPoints.map(([process, points]) => {
    const rows = alike(points).map(([names, { sees, left, recovery }]) => {
      const measured = deaths.filter(({ point }) => names.includes(point));
      return [
        names.map((name) => `\`${name}\``).join(', '),
        sees,
        left,
        recovery,
        slowest(measured.map(({ servesMs }) => servesMs)),
        slowest(measured.map(({ equalMs }) => equalMs)),
      ];
    });
    return `**${process}**\n\n${markdown([header, ...rows])}`;
  });
  const note = `${deaths.length} deaths in ${seconds} s; times are the slowest of each row, on ${machine}, ${date}: \`${command}\`.`;
  return [...sections, note].join('\n\n');
}

/** The names of failpoints of which all but `passedBy` is the same, in the order of the first of each. */
function alike(points: Readonly<Record<string, Point>>): [string[], Point][] {
  const groups = new Map<string, [string[], Point]>();
  for (const [name, point] of Object.entries(points)) {
    const key = JSON.stringify([point.sees, point.left, point.recovery]);
    const [names] = groups.get(key) ?? [];
    if (names === undefined) groups.set(key, [[name], point]);
    else names.push(name);
  }
  return [...groups.values()];
}

function slowest(times: readonly (number | null)[]): string {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? '—' : `${(Math.max(...known) / 1000).toFixed(1)} s`;
}

/** As prettier would have it: columns padded. */
function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [header = [], ...body] = rows;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join(
    '\n',
  );
}
