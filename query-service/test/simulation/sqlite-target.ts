import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../../src/store/sqlite/connection';
import { SqliteViewStore } from '../../src/store/sqlite/sqlite-view-store';
import type { Statement } from '../../src/store/sql';
import type { InSqlite } from '../../src/store/table';
import { views } from '../../src/views/views';
import { answersOf } from './answers';
import type { Target } from './simulate';

export interface SqliteTarget extends Target {
  readonly file: string;
}

/** The views as they run: their SQL, in a real file (in memory where the system has such a folder). */
export async function openSqliteTarget(): Promise<SqliteTarget> {
  const home = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'simulation-'));
  const file = join(home, 'views.sqlite');
  let failing: number | null = null;
  const interruptible = views.map((view, index) => ({
    ...view,
    sqlite: interrupted(view.sqlite, () => failing === index),
  }));
  const store = await SqliteViewStore.open(file, interruptible, 1);
  const eraser = await Connection.openWriter(file);
  const tables = await eraser.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'origin'",
  );
  const erase = [
    'BEGIN',
    ...tables.map(({ name }) => `DELETE FROM ${name}`),
    'UPDATE origin SET source_id = NULL, cluster_id = NULL',
    'COMMIT',
  ].join(';');

  return {
    file,
    store,
    viewCount: views.length,
    failBehind: (view) => {
      failing = view;
    },
    erase: () => eraser.script(erase),
    answers: () => answersOf(store.reader),
    close: async () => {
      await eraser.close();
      await store.close();
      await rm(home, { recursive: true });
    },
  };
}

/** Fails where it stands in a step: what was written before it must not stay. */
const crash: Statement = { sql: "SELECT json('crash') FROM json_each(?)", rows: [0] };

const interrupted = (real: InSqlite | undefined, isFailing: () => boolean): InSqlite => ({
  ...real,
  writes: (changes, upserts) => [
    ...(real?.writes(changes, upserts) ?? upserts),
    ...(isFailing() ? [crash] : []),
  ],
});
