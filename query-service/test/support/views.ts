import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultTopics, eventTopics } from 'contracts/topics';
import { createLogger } from 'service-kit/logger';
import { Applier } from '../../src/apply/applier';
import { ApplyQueue } from '../../src/apply/apply-queue';
import { ApplyMetrics } from '../../src/apply/metrics';
import type { Reader } from '../../src/store/sql';
import { Connection } from '../../src/store/sqlite/connection';
import { SqliteViewStore } from '../../src/store/sqlite/sqlite-view-store';
import type { ViewStore } from '../../src/store/view-store';
import type { View } from '../../src/views/view';
import { views } from '../../src/views/views';
import { fetched, type TestEvent } from './events';

/** Views in a real store, SQLite if not said otherwise, fed batch by batch, without Kafka. */
export interface TestViews {
  readonly store: ViewStore;
  readonly queue: ApplyQueue;
  readonly metrics: ApplyMetrics;
  /** Applies events as one fetched batch per topic; offsets go up by one. */
  apply(...events: TestEvent[]): Promise<void>;
  /** Sets what each row of a table sums up to: more than a test can order. */
  fill(table: string, cents: bigint): Promise<void>;
  /** What the views hold, in a comparable form. */
  contents(): Promise<unknown>;
  /** Closes the store and opens it again, as a restart does. */
  reopen(): Promise<TestViews>;
  close(): Promise<void>;
}

export const silent = createLogger('test', 'silent');

/** Opens the store of a folder, and makes it when there is none. */
type Keep = (home: string, which: readonly View[]) => Promise<ViewStore>;

let keep: Keep = (home, which) => SqliteViewStore.open(join(home, 'views.sqlite'), which, 1);

/** Lets the tests of this file keep their views in another store. */
export function keepViewsBy(another: Keep): void {
  keep = another;
}

export async function openViews(
  folder?: string,
  offsets = new Map<string, number>(),
  which: readonly View[] = views,
): Promise<TestViews> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'views-')));
  const store = await keep(home, which);
  const metrics = new ApplyMetrics();
  const queue = new ApplyQueue(
    await Applier.open({ store, maxParkedRun: 3, metrics, logger: silent }),
  );
  return {
    store,
    queue,
    metrics,
    apply: async (...events) => {
      // Orders last: most tests want the rest to be known before.
      for (const topic of eventTopics(defaultTopics).toReversed()) {
        const records = events
          .filter((event) => event.topic === topic)
          .map((event) => {
            const offset = offsets.get(topic) ?? 0;
            offsets.set(topic, offset + 1);
            return fetched(event, offset);
          });
        await queue.apply(records);
      }
    },
    fill: async (table, cents) => {
      const writer = await Connection.openExisting(join(home, 'views.sqlite'));
      await writer.script(`UPDATE ${table} SET total_cents = ${cents}`);
      await writer.close();
    },
    contents: async () => ({
      products: await store.reader.all('SELECT * FROM product_sales ORDER BY product_id'),
      categories: await store.reader.all(
        'SELECT category, total_cents FROM category_revenue ORDER BY category',
      ),
      hours: await store.reader.all('SELECT * FROM hourly_sales ORDER BY hour, product_id'),
      names: await store.reader.all('SELECT * FROM product_name ORDER BY product_id'),
      statuses: await store.reader.all(
        'SELECT * FROM orders_by_status WHERE orders <> 0 ORDER BY status',
      ),
      customers: await store.reader.all('SELECT * FROM customer_totals ORDER BY customer_id'),
    }),
    reopen: async () => {
      await store.close();
      return openViews(home, offsets, which);
    },
    close: async () => {
      await store.close();
      await rm(home, { recursive: true });
    },
  };
}

/** A reader that does something in a way of its own. */
export const instead = (reader: Reader, own: Partial<Reader>): Reader =>
  Object.assign(Object.create(reader) as Reader, own);
