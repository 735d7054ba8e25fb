import { parseArgs } from 'node:util';

export interface Arguments {
  /** Names of benchmarks; all when empty. */
  readonly names: readonly string[];
  readonly scale: number;
  readonly rounds: number;
  /** Whether the results go to bench/results and docs/performance.md. */
  readonly save: boolean;
}

/** Fewer do not show how much a machine's noise is. */
const enoughRounds = 5;

/** @throws {Error} that says what is wrong and how it is used */
export function readArguments(args: readonly string[], known: readonly string[]): Arguments | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      rounds: { type: 'string', default: String(enoughRounds) },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(', ')}`);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 10)) throw new Error('--scale is a number above 0, at most 10');
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number from 1');
  const save = values.save || (scale === 1 && rounds >= enoughRounds);
  return { names: positionals, scale, rounds, save };
}

export function usage(benchmarks: readonly { name: string; title: string }[]): string {
  const lines = benchmarks.map(({ name, title }) => `  ${name.padEnd(12)} ${title}`);
  return `npm run bench [-- NAME…] [--scale S] [--rounds N] [--save]

Measures, each against a limit or a peer in the same run:

${lines.join('\n')}

  --scale S    sizes in proportion to those above; 0.01 for a quick look at whether it works (default 1)
  --rounds N   alternating rounds (default ${enoughRounds})
  --save       results to bench/results and docs/performance.md also when --scale or --rounds is smaller
  --help       show this`;
}
