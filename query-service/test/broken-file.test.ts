import { copyFile, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Connection } from '../src/store/sqlite/connection';
import { item, order, product, type TestEvent } from './support/events';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();

const sale = (id: number): TestEvent => order(id, [item(1, 1, '5.00')]);

/** Writes over a part of a file, in place. */
async function overwrite(file: string, position: number, length: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(length, 0xff), 0, length, position);
  await handle.close();
}

/** Everything but the first page. */
const overwriteMiddle = async (file: string): Promise<void> =>
  overwrite(file, 4096, (await stat(file)).size - 4096);

/** The process is up, says which file and what to do, and nothing that it answers passes as right. */
const halted = async (what: RegExp): Promise<void> => {
  await suite.notReady(/the database file \S*views-\S+\.sqlite/);
  await suite.notReady(what);
  await suite.notReady(/run `npm run consumption -- rebuild`/);
  await suite.logged(/consumption has halted/);
  expect((await suite.service.get('/health/live')).status).toBe(200);
  const answer = await suite.service.get('/api/analytics/products/1/sales');
  expect(answer.headers.get('Views-State')).toBe('untrusted');
  if (answer.status !== 200) expect(answer.status).toBe(503);
  expect(JSON.stringify(answer.body)).not.toMatch(/sqlite/i);
};

const rebuilt = async (): Promise<void> => {
  expect((await suite.command('consumption', 'resume')).err).toMatch(/the database file/);
  expect(await suite.command('consumption', 'rebuild')).toMatchObject({ code: 0 });
  await suite.salesOf(1, 15);
  await suite.ready();
  // What the new file was filled from may have lost what the one before had: only comparing tells.
  await suite.verified();
  await suite.cluster.relay(sale(4));
  await suite.salesOf(1, 20);
};

beforeEach(async () => {
  await suite.cluster.relay(product(1, 'A'), sale(1), sale(2), sale(3));
  await suite.applied(4);
});

describe('while the service is down, the database file', () => {
  const damage: [string, (file: string) => Promise<void>, RegExp][] = [
    ['is deleted', (file) => rm(file), /is missing/],
    ['loses its header', (file) => overwrite(file, 0, 100), /is damaged/],
    ['is damaged behind its first page', overwriteMiddle, /is damaged/],
    ['is emptied', (file) => writeFile(file, ''), /is empty/],
  ];

  test.each(damage)(
    '%s: told, never made anew in silence; rebuild heals',
    async (_, harm, what) => {
      const file = await suite.databaseFile();
      await suite.restart(() => harm(file));

      await halted(what);
      await rebuilt();
    },
  );

  test('is damaged in one page that nobody reads: found by the check of the whole file', async () => {
    const file = await suite.databaseFile();
    await suite.restart(async () => {
      const database = await Connection.openExisting(file);
      const [hourly] = await database.all<{ page: number; size: number }>(
        `SELECT rootpage AS page, page_size AS size FROM sqlite_schema, pragma_page_size
         WHERE name = 'hourly_sales'`,
      );
      await database.close();
      if (hourly === undefined) throw new Error('there is no table hourly_sales');
      await overwrite(file, (hourly.page - 1) * hourly.size, hourly.size);
    });

    await halted(/is damaged/);
    await rebuilt();
  });

  test('is restored from an old copy: it reads on, and counts nothing twice', async () => {
    const file = await suite.databaseFile();
    await suite.restart(() => copyFile(file, `${file}.copy`));
    await suite.cluster.relay(sale(4), sale(5));
    await suite.salesOf(1, 25);
    await suite.restart(() => rename(`${file}.copy`, file));

    await suite.salesOf(1, 25);
    await suite.ready();
    await suite.viewsState('current');
    await suite.applied(2);
  });
});

describe('while the service is running, the database file', () => {
  test('is deleted: told within seconds, reads go on as untrusted; rebuild heals', async () => {
    await rm(await suite.databaseFile());

    await halted(/was deleted while it was open/);
    await suite.salesOf(1, 15);
    await rebuilt();
  });

  test('is replaced by a copy: told; rebuild heals', async () => {
    const file = await suite.databaseFile();
    await copyFile(file, `${file}.copy`);
    await rename(`${file}.copy`, file);

    await halted(/was replaced while it was open/);
    await rebuilt();
  });

  test('loses its header: told; rebuild heals', async () => {
    await suite.restart();
    await suite.ready();
    await overwrite(await suite.databaseFile(), 0, 100);

    await halted(/is damaged/);
    await rebuilt();
  });

  test.each([
    ['an event that comes', () => suite.cluster.relay(sale(6))],
    ['a read', () => suite.service.get('/api/analytics/products/1/sales')],
  ])('is damaged behind its first page: told by %s; rebuild heals', async (name, touch) => {
    const file = await suite.databaseFile();
    await suite.restart();
    await suite.ready();
    await overwriteMiddle(file);
    // Every page that was read before is still right in SQLite's cache.
    await eventually(async () => {
      await touch();
      expect((await suite.service.get('/health/ready')).status).toBe(503);
    });

    await halted(/is damaged/);
    expect(await suite.command('consumption', 'rebuild')).toMatchObject({ code: 0 });
    await suite.ready();
    await suite.salesOf(1, name === 'a read' ? 15 : 20);
  });
});

/** Parks a record and discards the dead letter. @returns what shows that it is still so */
async function discardOne(): Promise<() => Promise<void>> {
  await suite.cluster.relay({ ...sale(7), value: 'poison' });
  await eventually(async () => {
    const { body } = await suite.service.admin('GET', '/dead-letters');
    expect(body).toHaveLength(1);
  });
  const { body } = await suite.service.admin('GET', '/dead-letters');
  const [{ record }] = body as [{ record: string }];
  await suite.command('dead-letters', 'discard', record, '--reason', 'a test');
  return async () => {
    const all = await suite.service.admin('GET', '/dead-letters?all=true');
    expect(all.body).toMatchObject([{ record, state: 'discarded', settledWhy: 'a test' }]);
  };
}

test('a discard outlives its file when that is deleted while it is open', async () => {
  const isDiscarded = await discardOne();
  await rm(await suite.databaseFile());

  await halted(/was deleted while it was open/);
  await rebuilt();
  await isDiscarded();
});

test('a discard is lost with its file only when its table is: what can be read is carried', async () => {
  const isDiscarded = await discardOne();
  const file = await suite.databaseFile();
  await suite.restart(async () => {
    const database = await Connection.openWriter(file);
    await database.script('PRAGMA user_version = 1');
    await database.close();
  });

  // Another projection version: the next start fills a new file by itself.
  await eventually(async () => expect(await suite.databaseFile()).not.toBe(file));
  await suite.ready();
  await suite.salesOf(1, 15);
  await eventually(isDiscarded);
});

describe('topics that were made anew, without what they had lost,', () => {
  const madeAnew = async (): Promise<void> => {
    await suite.cluster.deleteTopics();
    await eventually(() => suite.cluster.createTopics(2));
    await suite.cluster.relay(product(1, 'A'), sale(2), sale(3));
  };
  const inDoubt = async (why: RegExp): Promise<void> => {
    await suite.salesOf(1, 10);
    await suite.ready();
    await suite.viewsState('incomplete');
    const { body } = await suite.service.get('/health/ready');
    expect(body).toMatchObject({ unverified: expect.stringMatching(why) as string });
    await suite.verified();
  };

  test('and a file that is gone: a rebuild is in doubt until the views were compared', async () => {
    const file = await suite.databaseFile();
    await suite.restart(async () => {
      await madeAnew();
      await rm(file);
    });
    expect(await suite.command('consumption', 'rebuild')).toMatchObject({ code: 0 });
    await inDoubt(/filled anew.*npm run reconcile/);
  });

  test('and an empty folder: the start is in doubt until the views were compared', async () => {
    await suite.restart(async () => {
      await madeAnew();
      await rm(suite.service.folder, { recursive: true });
    });
    await inDoubt(/empty folder.*npm run reconcile/);
  });
});
