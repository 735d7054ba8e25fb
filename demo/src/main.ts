import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { ConfigurationError } from 'service-kit/environment';
import { readDemoConfig } from './config';
import { demo, type DemoOptions, type Show } from './demo';
import { Shop, ShopError } from './shop';

const usage = `usage: npm run demo [-- options]

Opens a lively shop on the running stack: categories, products, the orders of the last 24 hours by the day's
rhythm, then live ones; some are shipped, delivered, cancelled. Ctrl-C ends it.

  --rate N       live orders per second (default 3, at most 500)
  --minutes N    how long (default 10)
  --backfill N   orders of the last 24 hours (default 400; 0: none)
  --help         show this`;

class UsageError extends Error {}

void run();

async function run(): Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  try {
    const options = readOptions();
    if (options === null) return print(usage);
    const { url, dashboard, token } = readDemoConfig();
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stopping.abort());
    print(`Watch it at ${dashboard}\n`);
    const orders = await demo(new Shop(url, token, signal), options, progress(), signal);
    print(`\n${orders} orders placed. They are at ${dashboard}`);
  } catch (error) {
    process.exitCode = explain(error);
    // Orders beside the one that failed.
    stopping.abort();
  }
}

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

function readOptions(): DemoOptions | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      rate: text,
      minutes: text,
      backfill: text,
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return null;
  return {
    rate: numberOf('rate', values.rate, 3, 0.1, 500),
    minutes: numberOf('minutes', values.minutes, 10, 0, 100_000),
    backfill: numberOf('backfill', values.backfill, 400, 0, 100_000),
  };
}

function numberOf(
  name: string,
  text: string | undefined,
  otherwise: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a number from ${min} to ${max}, not "${text}"`);
}

function explain(error: unknown): number {
  const say = (text: string): void => void process.stderr.write(`\n${text}\n`);
  if (error instanceof ShopError) {
    say(`${error.message}\nDoes the stack run? npm start, or docker compose up --build`);
    return 1;
  }
  if (error instanceof ConfigurationError) {
    say(error.message);
    return 2;
  }
  const { code } = error as { code?: string };
  if (error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS')) {
    say(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  throw error;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
