import { SingleBar } from 'cli-progress';
import { exitCode, type ExitCode, UsageError } from 'service-kit/command-errors';
import { type Command, command, json, print, runs } from 'service-kit/command-line';
import { readDemoConfig } from './config';
import { demo as openShop, type Show } from './demo';
import { Shop } from './shop';

interface Options {
  readonly rate: string;
  readonly minutes: string;
  readonly backfill: string;
  readonly json: boolean;
}

export const demo: Command = command(
  'demo',
  `a lively shop on the running system

Categories, products, the orders of the last 24 hours by the day's rhythm, then live ones; some are shipped,
delivered, cancelled. Ctrl-C ends it.`,
)
  .option('--rate <n>', 'live orders per second, at most 500', '3')
  .option('--minutes <n>', 'how long', '10')
  .option('--backfill <n>', 'orders of the last 24 hours; 0: none', '400')
  .addOption(json());

runs(demo, async (options: Options): Promise<ExitCode> => {
  const wanted = {
    rate: numberOf('rate', options.rate, 0.1, 500),
    minutes: numberOf('minutes', options.minutes, 0, 100_000),
    backfill: numberOf('backfill', options.backfill, 0, 100_000),
  };
  const { url, dashboard, token } = readDemoConfig();
  const stopping = new AbortController();
  const { signal } = stopping;
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort());
  if (!options.json) print(`Watch it at ${dashboard}\n`);
  const show = options.json ? silent : progress();
  try {
    const orders = await openShop(new Shop(url, token, signal), wanted, show, signal);
    print(
      options.json
        ? JSON.stringify({ orders, dashboard })
        : `\n${orders} orders placed. They are at ${dashboard}`,
    );
  } finally {
    // Orders beside the one that failed.
    stopping.abort();
  }
  return exitCode.well;
});

const silent: Show = { begin: () => undefined, placed: () => undefined, end: () => undefined };

/** A bar in a terminal, a line per stretch elsewhere. */
function progress(): Show {
  const bar = new SingleBar({
    format: '{what} [{bar}] {value}/{total} orders, {speed}/s',
    barsize: 30,
    hideCursor: true,
    // Ctrl-C is for the program to answer.
    gracefulExit: false,
    noTTYOutput: !process.stdout.isTTY,
    notTTYSchedule: 10_000,
    stream: process.stdout,
  });
  let began = 0;
  return {
    begin: (what, total) => {
      began = performance.now();
      bar.start(total, 0, { what: what.padEnd(17), speed: '0.0' });
    },
    placed: (count) => {
      const seconds = (performance.now() - began) / 1_000;
      bar.update(count, { speed: (count / Math.max(seconds, 0.1)).toFixed(1) });
    },
    end: () => bar.stop(),
  };
}

function numberOf(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a number from ${min} to ${max}, not "${text}"`);
}
