import { killEverything } from 'local/process';
import { readArguments, usage, type Arguments } from './arguments';
import type { Bench, Benchmark, Goal } from './benchmark';
import { benchmarks } from './benchmarks';
import { facts } from './measure/facts';
import { readable } from './measure/rounds';
import { median } from './measure/statistics';
import { keeps, limitText } from './report/limits';
import { writePage } from './report/page';
import { writeResult, type Result } from './report/results';
import { removeFolders, System } from './system/system';

/** Runs the benchmarks that the arguments name; the exit code is 1 when one could not be measured. */
export async function main(args: readonly string[]): Promise<void> {
  process.on('exit', killEverything);
  process.on('exit', removeFolders);
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const options = understood(args);
  if (options === null) return;
  const { names } = options;
  const wanted = benchmarks.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const benchmark of wanted) {
    try {
      const result = await measure(benchmark, options);
      say('');
      for (const line of summary(result)) say(`  ${line}`);
      say(`  written to ${writeResult(result, options.save)}`);
      if (options.save) writePage(benchmarks);
    } catch (error) {
      console.error(`${benchmark.name} could not be measured:`, error);
      process.exitCode = 1;
    }
  }
}

function understood(args: readonly string[]): Arguments | null {
  try {
    const options = readArguments(
      args,
      benchmarks.map(({ name }) => name),
    );
    if (options === null) say(usage(benchmarks));
    return options;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage(benchmarks)}`);
    process.exitCode = 1;
    return null;
  }
}

async function measure(benchmark: Benchmark, { scale, rounds }: Arguments): Promise<Result> {
  const { name, title, comparedWith } = benchmark;
  say(`\n${name}: ${title}; against ${comparedWith} (scale ${scale})`);
  const before = facts();
  const systems: System[] = [];
  const removeAll = async (): Promise<void> => {
    for (const system of systems.splice(0)) await system.remove();
  };
  const bench: Bench = {
    scale,
    rounds,
    scaled: (atScale1, least = 1) => Math.max(least, Math.round(atScale1 * scale)),
    say: (line) => say(`  ${line}`),
    createSystem: async () => {
      const system = await System.create();
      systems.push(system);
      return system;
    },
  };
  try {
    const outcome = await benchmark.run(bench);
    const date = new Date().toISOString();
    return { benchmark: name, title, comparedWith, date, scale, ...before, ...outcome };
  } finally {
    await removeAll();
  }
}

function summary({ goals }: Result): string[] {
  return goals.map((goal) => {
    const { what, unit, rounds, must, aim } = goal;
    const limits = [...(must === null ? [] : [`must ${limitText(must)}`]), `aim ${limitText(aim)}`];
    const spread = `${readable(Math.min(...rounds))}–${readable(Math.max(...rounds))}`;
    return `${verdictOn(goal)}: ${what} ${readable(median(rounds))} ${unit} (${spread}); ${limits.join(', ')}`;
  });
}

function verdictOn(goal: Goal): string {
  const { must, aim } = goal;
  if (keeps(goal, aim)) return 'aim reached';
  if (must === null) return 'aim missed';
  return keeps(goal, must) ? 'kept' : 'MISSED';
}

const say = (line: string): void => console.log(line);
