import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Death } from './point';
import { renderTable } from './table';

const file = join(__dirname, 'last-run.json');
const document = join(__dirname, '..', '..', 'docs', 'delivery-guarantees.md');

export const marks = { begin: '<!-- crash points: begin -->', end: '<!-- crash points: end -->' };

/** What the table's figures are of. */
export interface LastRun {
  readonly command: string;
  readonly machine: string;
  readonly date: string;
  readonly seconds: number;
  readonly deaths: readonly Death[];
}

export const readLastRun = (): LastRun => JSON.parse(readFileSync(file, 'utf8')) as LastRun;

/** The table as it stands in docs/delivery-guarantees.md. */
export function readTable(): string {
  const text = readFileSync(document, 'utf8');
  const [, rest = ''] = text.split(marks.begin);
  return rest.split(marks.end)[0]?.trim() ?? '';
}

/** Keeps what a run has measured, and writes the table anew. */
export function writeLastRun(deaths: readonly Death[], milliseconds: number): void {
  const run: LastRun = {
    command: 'UPDATE_CRASH_TABLE=1 npm run test:faults -- crash-matrix',
    machine: `${cpus().length} cores at a load of ${Math.round(loadavg()[2] ?? 0)}, Node.js ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    seconds: Math.round(milliseconds / 1000),
    deaths: deaths.map(({ servesMs, equalMs, ...death }) => ({
      ...death,
      servesMs: servesMs === null ? null : Math.round(servesMs),
      equalMs: Math.round(equalMs),
    })),
  };
  writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`);
  const text = readFileSync(document, 'utf8');
  const [before = '', rest = ''] = text.split(marks.begin);
  const after = rest.split(marks.end)[1] ?? '';
  writeFileSync(document, `${before}${marks.begin}\n\n${renderTable(run)}\n\n${marks.end}${after}`);
}
