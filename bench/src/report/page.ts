import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from 'local/paths';
import type { Benchmark, Goal } from '../benchmark';
import { readable } from '../measure/rounds';
import { median } from '../measure/statistics';
import { keeps, limitText } from './limits';
import { plot } from './plot';
import { savedResults, type Result } from './results';

const page = join(checkout, 'docs', 'performance.md');
const picture = join(checkout, 'docs', 'performance.svg');
const begin = '<!-- results: written by npm run bench -->';
const end = '<!-- end of results -->';

/** Writes what bench/results holds into docs/performance.md, between the markers, and its plot. */
export function writePage(benchmarks: readonly Benchmark[]): void {
  const all = savedResults();
  const results = benchmarks.flatMap(({ name }) => all.get(name) ?? []);
  const text = readFileSync(page, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has lost the markers of its results`);
  const parts = [begin, table(benchmarks, all), machines(results)];
  if (results.length > 0) {
    writeFileSync(picture, `${plot(results)}\n`);
    parts.push('![each figure against its limit](performance.svg)');
  }
  writeFileSync(page, text.slice(0, from) + [...parts, ''].join('\n\n') + text.slice(to));
}

function table(benchmarks: readonly Benchmark[], results: ReadonlyMap<string, Result>): string {
  const rows = benchmarks.flatMap(({ name }) => {
    const result = results.get(name);
    if (result === undefined) return [[`\`${name}\``, 'not measured yet', '', '', '', '', '']];
    return result.goals.map((goal) => [
      `\`${name}\``,
      goal.what,
      measured(goal),
      goal.must === null
        ? ''
        : `${limitText(goal.must)}${keeps(goal, goal.must) ? '' : ' **missed**'}`,
      `${limitText(goal.aim)}${keeps(goal, goal.aim) ? ' reached' : ''}`,
      String(result.scale),
      result.date.slice(0, 10),
    ]);
  });
  const header = ['benchmark', 'what', 'median (lowest–highest)', 'must', 'aim', 'scale', 'date'];
  return [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function measured({ rounds, unit }: Goal): string {
  const [low, high] = [Math.min(...rounds), Math.max(...rounds)];
  return `${readable(median(rounds))} ${unit} (${readable(low)}–${readable(high)}, ${rounds.length} rounds)`;
}

/** On what: a line for each machine and set of versions, with the commit and the load of each benchmark. */
function machines(results: readonly Result[]): string {
  const lines = new Map<string, string[]>();
  for (const { benchmark, machine, versions } of results) {
    const line =
      `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.system}; ` +
      `Node.js ${versions.node}, Java ${versions.java}, PostgreSQL ${versions.postgres}, ` +
      `Kafka ${versions.kafka}, Debezium ${versions.debezium}`;
    const run = `\`${benchmark}\` (${versions.commit}, ${machine.loadAtStart})`;
    lines.set(line, [...(lines.get(line) ?? []), run]);
  }
  return [...lines]
    .map(([line, runs]) => `- ${line}; commit and load average at the start: ${runs.join(', ')}`)
    .join('\n');
}
