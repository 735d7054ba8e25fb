import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from 'local/paths';
import type { Outcome } from '../benchmark';
import type { Facts } from '../measure/facts';

/** What a run of one benchmark leaves. */
export interface Result extends Outcome, Facts {
  readonly benchmark: string;
  readonly title: string;
  readonly comparedWith: string;
  /** ISO-8601 UTC, of the end. */
  readonly date: string;
  readonly scale: number;
}

const savedFolder = join(checkout, 'bench', 'results');
const otherFolder = join(checkout, '.local', 'bench');

/** @param save into bench/results, which is kept with the code; else where nobody takes it for a result */
export function writeResult(result: Result, save: boolean): string {
  const folder = save ? savedFolder : otherFolder;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.benchmark}.json`);
  writeFileSync(file, `${JSON.stringify(result, rounded, 2)}\n`);
  return file;
}

/** The last saved result of each benchmark that has one. */
export function savedResults(): Map<string, Result> {
  const files = readdirSync(savedFolder).filter((file) => file.endsWith('.json'));
  const results = files.map(
    (file) => JSON.parse(readFileSync(join(savedFolder, file), 'utf8')) as Result,
  );
  return new Map(results.map((result) => [result.benchmark, result]));
}

/** Six digits: more say nothing. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value)
    ? Number(value.toPrecision(6))
    : value;
}
