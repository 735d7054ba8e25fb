import { setTimeout as sleep } from 'node:timers/promises';
import { catalogue } from './catalogue';
import { Customers, type Product } from './customers';
import { pastOrders } from './rhythm';
import type { Shop } from './shop';

interface DemoOptions {
  /** Orders per second. */
  readonly rate: number;
  /** For how long live orders are placed, after those in the past. */
  readonly minutes: number;
  /** Orders that are placed in the past; 0: none. */
  readonly backfill: number;
}

/** What the user of `npm run demo` sees. */
export interface Show {
  /** Begins a stretch of `total` orders. */
  begin(this: void, what: string, total: number): void;
  /** So many orders are placed, of the stretch. */
  placed(this: void, count: number): void;
  end(this: void): void;
}

const backHours = 24;
/** Orders of the past that are under way at once. */
const lanes = 8;

/**
 * Takes the catalogue up, places the last day's orders, then goes on live.
 *
 * @param signal ends it, and the shop's requests with it
 * @returns how many orders were placed
 * @throws {ShopError} when the command service does not answer
 */
export async function demo(
  shop: Shop,
  { rate, minutes, backfill }: DemoOptions,
  show: Show,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<number> {
  const products: Product[] = [];
  for (const article of catalogue) {
    const id = await unlessAborted(
      () => shop.createProduct(article.name, article.category, article.price),
      signal,
    );
    if (id === null) return 0;
    products.push({ ...article, id });
  }
  const customers = new Customers(shop, products, random);
  const past = await placePast(customers, backfill, show, signal, random);
  const live = await placeLive(customers, rate, Math.round(minutes * 60 * rate), show, signal);
  return past + live;
}

async function placePast(
  customers: Customers,
  total: number,
  show: Show,
  signal: AbortSignal,
  random: () => number,
): Promise<number> {
  const times = pastOrders(Date.now(), backHours, total, random);
  if (times.length === 0) return 0;
  show.begin('the last 24 hours', times.length);
  let placed = 0;
  const lane = async (): Promise<void> => {
    for (let at = times.pop(); at !== undefined && !signal.aborted; at = times.pop()) {
      const placedAt = at;
      if ((await unlessAborted(() => customers.act(placedAt), signal)) === null) return;
      show.placed(++placed);
    }
  };
  await inLanes(lane, show);
  return placed;
}

/** By a timetable: an answer that takes long is made up for, and nothing is placed faster than that. */
async function placeLive(
  customers: Customers,
  rate: number,
  total: number,
  show: Show,
  signal: AbortSignal,
): Promise<number> {
  show.begin('live', total);
  const began = performance.now();
  let begun = 0;
  let placed = 0;
  const lane = async (): Promise<void> => {
    while (begun < total && !signal.aborted) {
      const due = began + (begun++ * 1_000) / rate;
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => null);
      if (signal.aborted) return;
      if ((await unlessAborted(() => customers.act(), signal)) === null) return;
      show.placed(++placed);
    }
  };
  await inLanes(lane, show);
  return placed;
}

async function inLanes(lane: () => Promise<void>, show: Show): Promise<void> {
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    // `show` has a timer, which would keep the program alive.
    show.end();
  }
}

/** What is done, or null when the signal has cut it. */
async function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
  return work().catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
}
