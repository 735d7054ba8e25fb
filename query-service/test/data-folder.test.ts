import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolder } from '../src/store/data-folder';
import { SqliteViewStore } from '../src/store/sqlite-view-store';
import { views } from '../src/views/views';

// A folder that is taken is waited for, 5 seconds.
jest.setTimeout(15_000);

let folder: string;
let claimed: DataFolder;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-folder-'));
  claimed = await DataFolder.claim(folder);
});
afterEach(async () => {
  await claimed.release();
  await rm(folder, { recursive: true });
});

const fill =
  (version: number) =>
  async (file: string): Promise<void> => {
    const store = await SqliteViewStore.open(file, views, version);
    await store.close();
  };

test('the file that the pointer names is opened again', async () => {
  const file = await claimed.currentFile(1, fill(1));

  expect(await claimed.currentFile(1, fill(1))).toBe(file);
});

test('a file of another projection version is left aside for a new one', async () => {
  const old = await claimed.currentFile(1, fill(1));

  const file = await claimed.currentFile(2, fill(2));
  expect(file).not.toBe(old);
  expect(await claimed.currentFile(2, fill(2))).toBe(file);
  expect((await readdir(folder)).map((name) => join(folder, name))).toContain(old);
});

test('a new file takes the place of the serving one', async () => {
  const before = await claimed.currentFile(1, fill(1));
  const file = await claimed.startNewFile(fill(1));

  expect(file).not.toBe(before);
  expect(await claimed.currentFile(1, fill(1))).toBe(file);
});

test('a new file that could not be filled leaves the one before serving', async () => {
  const before = await claimed.currentFile(1, fill(1));
  const full = () => Promise.reject(new Error('disk full'));

  await expect(claimed.startNewFile(full)).rejects.toThrow('disk full');
  expect(await claimed.currentFile(1, fill(1))).toBe(before);
});

test('a file that is gone or empty is never made anew in silence', async () => {
  const file = await claimed.currentFile(1, fill(1));
  await truncate(file);
  await expect(claimed.currentFile(1, fill(1))).rejects.toThrow(/is empty.*consumption -- rebuild/);
  await rm(file);
  await expect(claimed.currentFile(1, fill(1))).rejects.toThrow(
    /is missing.*consumption -- rebuild/,
  );
});

test('the folder is free again when its process lets go', async () => {
  await expect(DataFolder.claim(folder)).rejects.toThrow(/in use/);
  await claimed.release();
  claimed = await DataFolder.claim(folder);
});
