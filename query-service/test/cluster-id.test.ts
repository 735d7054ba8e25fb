import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../src/store/sqlite/connection';
import { SqliteViewStore } from '../src/store/sqlite/sqlite-view-store';
import { views } from '../src/views/views';

let folder: string;
let store: SqliteViewStore;
let other: Connection;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cluster-id-'));
  const file = join(folder, 'views.sqlite');
  store = await SqliteViewStore.open(file, views, 1);
  other = await Connection.openExisting(file);
});
afterEach(async () => {
  await other.close();
  await store.close();
  await rm(folder, { recursive: true });
});

const stored = async (): Promise<string | null> => (await store.origin()).clusterId;

test('the cluster that is read from is noted, and another one in its place', async () => {
  expect(await stored()).toBeNull();
  await store.setClusterId('one');
  expect(await stored()).toBe('one');
  await store.setClusterId('two');
  expect(await stored()).toBe('two');
});

test('a rewound file has its cluster noted anew, also the same', async () => {
  await store.setClusterId('one');
  await store.rewind();
  expect(await stored()).toBeNull();
  await store.setClusterId('one');
  expect(await stored()).toBe('one');
});

test('a cluster that is noted already is no reason to write', async () => {
  await store.setClusterId('one');
  await other.script('BEGIN IMMEDIATE');

  await store.setClusterId('one');
  expect(await stored()).toBe('one');
});
