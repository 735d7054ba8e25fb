import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database, OPEN_READWRITE } from 'sqlite3';

/** What a dead process has left in its serving file, as one text that can be compared. */
export function viewsState(folder: string): Promise<string> {
  return inServingFile(folder, async (database, name) =>
    JSON.stringify([{ serves: name }, ...(await all(database, state))]),
  );
}

/** Changes the file as an older version of the service would have left it. */
export async function changeViewsIn(folder: string, sql: string): Promise<void> {
  await inServingFile(folder, (database) => all(database, sql));
}

/** The name of the file that serves. */
export const servingFile = (folder: string): string =>
  readFileSync(join(folder, 'current'), 'utf8').trim();

/** The names of all files with views. */
export const viewsFiles = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /^views-.*\.sqlite$/.test(name));

const state = `
  SELECT 'progress' AS what, topic AS a, partition AS b, record_offset AS c FROM partition_progress
  UNION ALL SELECT 'order', order_id, version, status FROM order_state
  UNION ALL SELECT 'product', product_id, version, NULL FROM product_state
  UNION ALL SELECT 'sales', product_id, total_cents, NULL FROM product_sales
  UNION ALL SELECT 'status', status, orders, NULL FROM orders_by_status
  UNION ALL SELECT 'customer', customer_id, orders, total_cents FROM customer_totals
  UNION ALL SELECT 'letter', id, state, reason FROM dead_letter
  UNION ALL SELECT 'rewound', count(*), NULL, NULL FROM rewound
  ORDER BY 1, 2, 3`;

async function inServingFile<T>(
  folder: string,
  work: (database: Database, name: string) => Promise<T>,
): Promise<T> {
  const name = servingFile(folder);
  const file = join(folder, name);
  const database = new Database(file, OPEN_READWRITE);
  database.configure('busyTimeout', 10_000);
  try {
    return await work(database, name);
  } finally {
    await new Promise((resolve) => database.close(resolve));
  }
}

function all(database: Database, sql: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    database.all(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}
