import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DataFolder } from '../src/store/sqlite/data-folder';
import { type RebuildPlan, startNewFile } from '../src/store/views-home';
import { SqliteViewStore } from '../src/store/sqlite/sqlite-view-store';
import { views } from '../src/views/views';

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

const databases = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('views-')).sort();

const planFor = (candidate: string, before: string): RebuildPlan => ({
  candidate: basename(candidate),
  before: basename(before),
  why: 'rebuild',
  hold: false,
  startedAt: '2026-02-27T09:00:00.000Z',
});

test('the file that the pointer names serves, with its projection version', async () => {
  expect(await claimed.current()).toBeNull();
  const file = await startNewFile(claimed, fill(2));

  expect(await claimed.current()).toEqual({ file, version: 2 });
});

test('a new file takes the place of the serving one, which is kept', async () => {
  const before = await startNewFile(claimed, fill(1));
  const file = await startNewFile(claimed, fill(1));

  expect(await claimed.current()).toEqual({ file, version: 1 });
  expect(claimed.previous()).toBe(before);
});

test('a new file that could not be filled leaves the one before serving', async () => {
  const before = await startNewFile(claimed, fill(1));
  const full = () => Promise.reject(new Error('disk full'));

  await expect(startNewFile(claimed, full)).rejects.toThrow('disk full');
  expect(await claimed.current()).toEqual({ file: before, version: 1 });
});

test('files that neither a pointer nor the plan names are deleted, others never', async () => {
  const first = await startNewFile(claimed, fill(1));
  const kept = await startNewFile(claimed, fill(1));
  const serving = await startNewFile(claimed, fill(1));
  const candidate = claimed.newName();
  await fill(1)(candidate);
  await claimed.record(planFor(candidate, serving));
  await writeFile(`${first}-wal`, '');
  await writeFile(`${first}.copy`, 'an operator made it');

  expect((await claimed.tidy()).sort()).toEqual([basename(first), `${basename(first)}-wal`]);
  expect(await databases()).toEqual(
    [kept, serving, candidate, `${first}.copy`].map((file) => basename(file)).sort(),
  );
  await claimed.forgetPlan();
  expect(await claimed.tidy()).toEqual([basename(candidate)]);
});

test('the file that served stays when an operator puts another one in its place, or takes the pointer away', async () => {
  const older = await startNewFile(claimed, fill(1));
  const before = await startNewFile(claimed, fill(1));
  await fill(1)(join(folder, 'restored.sqlite'));
  await writeFile(join(folder, 'current'), 'restored.sqlite\n');
  await claimed.keepReplaced();
  expect(await claimed.tidy()).toContain(basename(older));
  expect(await databases()).toEqual([basename(before)]);
  expect(claimed.previous()).toBe(before);

  // The next start finds nothing new.
  await claimed.keepReplaced();
  expect(claimed.previous()).toBe(before);

  await rm(join(folder, 'current'));
  await claimed.keepReplaced();
  expect(claimed.previous()).toBe(join(folder, 'restored.sqlite'));
});

test('a plan is read back as it was recorded; a text that is none counts as no plan', async () => {
  const plan = planFor('views-b.sqlite', 'views-a.sqlite');
  await claimed.record(plan);
  expect(await claimed.plan()).toEqual(plan);
  await writeFile(join(folder, 'rebuild.json'), '{');
  expect(await claimed.plan()).toBeNull();
});

test('a file that is gone or empty is never made anew in silence', async () => {
  const file = await startNewFile(claimed, fill(1));
  await truncate(file);
  await expect(claimed.current()).rejects.toThrow(/is empty.*consumption -- rebuild/);
  await rm(file);
  await expect(claimed.current()).rejects.toThrow(/is missing.*consumption -- rebuild/);
});

test('the folder is free again when its process lets go', async () => {
  await expect(DataFolder.claim(folder)).rejects.toThrow(/in use/);
  await claimed.release();
  claimed = await DataFolder.claim(folder);
});
