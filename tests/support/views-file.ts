import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database, OPEN_READWRITE } from 'sqlite3';
import type { LocalStack } from './local-stack';

/** Changes the serving database file behind the query service's back, as only a defect can. */
export async function changeViews(stack: LocalStack, sql: string): Promise<void> {
  const folder = join(stack.folder, 'query-service');
  const file = join(folder, readFileSync(join(folder, 'current'), 'utf8').trim());
  const database = new Database(file, OPEN_READWRITE);
  database.configure('busyTimeout', 5_000);
  try {
    await new Promise<void>((resolve, reject) => {
      database.exec(`BEGIN IMMEDIATE; ${sql}; COMMIT;`, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  } finally {
    await new Promise((resolve) => database.close(resolve));
  }
}
