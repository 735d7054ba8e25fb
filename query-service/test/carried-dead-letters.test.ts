import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { deadLettersIn, mostOfPage } from '../src/store/carried-dead-letters';
import type { CarriedRow } from '../src/store/dead-letters';
import { Connection } from '../src/store/sqlite/connection';
import { Readers } from '../src/store/sqlite/readers';
import { SqliteViewStore } from '../src/store/sqlite/sqlite-view-store';
import type { Reader } from '../src/store/sql';
import { views } from '../src/views/views';

const largestEvent = 512 * 1024;

let folder: string;
let before: string;
const logged: string[] = [];
const logger = pino({}, { write: (line: string) => logged.push(line) });
const stores: SqliteViewStore[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carried-dead-letters-'));
  before = join(folder, 'before.sqlite');
  logged.length = 0;
  await (await SqliteViewStore.open(before, views, 1)).close();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  await rm(folder, { recursive: true });
});

/** Parks dead letters in the file before, behind those that it has: of every state, each with its own bytes. */
async function park(count: number, bytes: number): Promise<void> {
  const database = await Connection.openWriter(before);
  await database.script(`
    WITH RECURSIVE parked (place) AS (
      SELECT coalesce(max(record_offset) + 1, 0) FROM dead_letter
      UNION ALL SELECT place + 1 FROM parked LIMIT ${count})
    INSERT INTO dead_letter (topic, partition, record_offset, key, headers, value, event_id, kind, subject,
      version, reason, state, settled_at, settled_by, settled_why)
    SELECT 'order-events', place % 2, place, place + 1, '{"id":"event"}', hex(randomblob(${bytes / 2})),
      'event', 'order', place + 1, 7, 'it''s poison ' || place,
      CASE place % 4 WHEN 0 THEN 'open' WHEN 1 THEN 'healed' WHEN 2 THEN 'redriven' ELSE 'discarded' END,
      iif(place % 4 > 0, '2026-02-27T09:00:00.000Z', NULL), iif(place % 4 > 0, 'a test', NULL),
      iif(place % 4 = 3, 'nothing is missing', NULL)
    FROM parked`);
  await database.close();
}

async function deadLetters(reader: Pick<Reader, 'all'>): Promise<object[]> {
  const rows = await reader.all<{ id: number; value: string }>(
    'SELECT * FROM dead_letter ORDER BY id',
  );
  return rows.map(({ value, ...deadLetter }) => ({
    ...deadLetter,
    value: createHash('sha256').update(value).digest('hex'),
  }));
}

async function deadLettersBefore(): Promise<object[]> {
  const database = await Connection.openReader(before);
  const all = await deadLetters(database);
  await database.close();
  return all;
}

/** Those that versions or a redrive have ended are open again in a file that has neither applied. */
const openAgain = (all: object[]): object[] =>
  all.map((deadLetter) =>
    'state' in deadLetter && (deadLetter.state === 'healed' || deadLetter.state === 'redriven')
      ? { ...deadLetter, state: 'open', settled_at: null, settled_by: null, settled_why: null }
      : deadLetter,
  );

const carried = (): AsyncGenerator<readonly CarriedRow[]> =>
  deadLettersIn(() => Readers.open(before), logger);

async function newFile(pages: AsyncIterable<readonly CarriedRow[]> | null = null) {
  const file = join(folder, `${stores.length}.sqlite`);
  const store = await SqliteViewStore.open(file, views, 1);
  if (pages !== null) await store.carry(pages);
  stores.push(store);
  return store;
}

describe('thousands of large dead letters', () => {
  beforeEach(async () => {
    await park(2_500, 8_000);
    await park(3, largestEvent);
    await park(1_497, 200);
  });

  test('are carried into a new file: all of them, in their order; what nothing in it has ended is open', async () => {
    const store = await newFile(carried());

    expect(await deadLetters(store.reader)).toEqual(openAgain(await deadLettersBefore()));
    const each = { open: 3_000, healed: 0, redriven: 0, discarded: 1_000 };
    expect(await store.deadLetters()).toEqual(each);
    expect(logged).toEqual([]);
  });

  test('are carried into a file that holds them already, and change nothing', async () => {
    const store = await newFile(carried());
    await store.carry(carried());

    expect(await deadLetters(store.reader)).toEqual(openAgain(await deadLettersBefore()));
  });

  test('have ended with the audit of the file before when they have ended in the new one, too', async () => {
    const store = await newFile(carried());
    const database = await Connection.openWriter(join(folder, '0.sqlite'));
    await database.script(
      "UPDATE dead_letter SET state = 'healed', settled_at = 'now', settled_by = 'again' WHERE state = 'open'",
    );
    await database.close();
    await store.carry(carried());

    const all = await deadLettersBefore();
    const ended = (deadLetter: object) => 'state' in deadLetter && deadLetter.state !== 'open';
    expect((await deadLetters(store.reader)).filter((_, at) => ended(all[at] ?? {}))).toEqual(
      all.filter(ended),
    );
  });

  test('are in memory a page at a time', async () => {
    const sizes: number[] = [];
    for await (const page of carried()) {
      const bytes = page.reduce((sum, { value }) => sum + String(value).length, 0);
      expect(page.length).toBeLessThanOrEqual(mostOfPage.rows);
      if (page.length > 1) expect(bytes).toBeLessThanOrEqual(mostOfPage.bytes);
      sizes.push(page.length);
    }
    expect(sizes.reduce((sum, size) => sum + size)).toBe(4_000);
    expect(Math.max(...sizes)).toBe(mostOfPage.rows);
  });

  test('are carried into a file that is there whole, or not at all', async () => {
    async function* broken(): AsyncGenerator<readonly CarriedRow[]> {
      yield* carried();
      throw new Error('the file before is gone');
    }
    const store = await newFile();
    await expect(store.carry(broken())).rejects.toThrow('the file before is gone');
    expect(await deadLetters(store.reader)).toEqual([]);

    await store.carry(carried());
    expect(await deadLetters(store.reader)).toEqual(openAgain(await deadLettersBefore()));
  });

  test('are carried as far as a damaged file can be read; that it cannot is logged', async () => {
    const all = await deadLettersBefore();
    const half = Math.floor((await stat(before)).size / 2);
    const handle = await open(before, 'r+');
    await handle.write(Buffer.alloc(half, 0xff), 0, half, half);
    await handle.close();

    const some = await deadLetters((await newFile(carried())).reader);
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan(all.length);
    expect(some).toEqual(openAgain(all).slice(0, some.length));
    expect(logged.join('')).toMatch(/dead letters not carried over/);
  });
});

test('a dead letter larger than a page is a page', async () => {
  await park(2, 4 * mostOfPage.bytes);
  const store = await newFile(carried());

  expect(await deadLetters(store.reader)).toEqual(openAgain(await deadLettersBefore()));
});
