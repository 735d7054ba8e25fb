import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database, OPEN_READONLY } from 'sqlite3';
import { Violation } from '../violation';

/** G: SQLite finds nothing wrong in the serving file. @throws {Violation} with its first finding */
export async function checkIntegrity(viewsFolder: string): Promise<void> {
  const name = readFileSync(join(viewsFolder, 'current'), 'utf8').trim();
  const database = new Database(join(viewsFolder, name), OPEN_READONLY);
  database.configure('busyTimeout', 10_000);
  try {
    const rows = await new Promise<{ integrity_check: string }[]>((resolve, reject) => {
      database.all<{ integrity_check: string }>('PRAGMA integrity_check', (error, found) =>
        error ? reject(error) : resolve(found),
      );
    });
    const [first] = rows;
    if (first?.integrity_check !== 'ok')
      throw new Violation('G', `${name}: ${first?.integrity_check}`);
  } finally {
    await new Promise((resolve) => database.close(resolve));
  }
}
