import { basename } from 'node:path';
import { armFailpoints, disarmFailpoints } from 'service-kit/failpoints';
import { rebuildFailpoints } from '../src/failpoints';
import { projectionVersion } from '../src/views/views';
import { item, order, product, type TestEvent } from './support/events';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();

const sale = (id: number, version = 1): TestEvent => order(id, [item(1, 1, '5.00')], { version });
const poison = (id: number): TestEvent => ({ ...sale(id), value: 'poison' });

interface Status {
  file: string;
  kept: string | null;
  state: string;
  rebuild: { state: string; held: boolean; percent: number; failure: string | null } | null;
}
const status = async (): Promise<Status> =>
  (await suite.service.admin('GET', '/consumption')).body as Status;

const consumption = (...args: string[]) => suite.command('consumption', ...args);

const files = (): Promise<string[]> => suite.files();
const change = (sql: string): Promise<void> => suite.change(sql);

const state = (name: string): Promise<void> =>
  eventually(async () => expect((await status()).rebuild?.state).toBe(name));

afterEach(disarmFailpoints);
beforeEach(async () => {
  await suite.cluster.relay(product(1, 'A'), sale(1), sale(2), sale(3));
  await suite.applied(4);
  await suite.ready();
});

test('a new file is filled beside the serving one, verified, and swapped in; one old file is kept', async () => {
  const before = await suite.databaseFile();
  const rebuilt = await consumption('rebuild', '--wait');

  expect(rebuilt).toMatchObject({ code: 0, out: expect.stringMatching(/swapped/) as string });
  const after = await suite.databaseFile();
  expect(after).not.toBe(before);
  expect(await status()).toMatchObject({ file: after, kept: before, state: 'current' });
  await suite.cluster.relay(sale(4));
  await suite.salesOf(1, 20);
  await suite.ready();
  // Counters go on: what the candidate read did not count, what came behind the swap does.
  await suite.applied(5);

  expect(await consumption('rebuild', '--wait')).toMatchObject({ code: 0 });
  const now = await suite.databaseFile();
  await eventually(async () =>
    expect(await files()).toEqual([basename(after), basename(now)].sort()),
  );
  await suite.cluster.relay(sale(5));
  await suite.salesOf(1, 25);
  await eventually(async () =>
    expect(await suite.liveGroups(`${suite.group}-rebuild`)).toEqual([]),
  );
});

test('while it fills, answers stay current and fresh, never fail and never go back', async () => {
  armFailpoints(`${rebuildFailpoints.batchApplied}=delay:300`);
  let total = 15;
  let asOf = '';
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      const answer = await suite.service.get('/api/analytics/products/1/sales');
      expect(answer).toMatchObject({ status: 200 });
      expect(answer.headers.get('Views-State')).toBe('current');
      const { totalSales } = answer.body as { totalSales: number };
      expect(totalSales).toBeGreaterThanOrEqual(total);
      total = totalSales;
      const now = answer.headers.get('As-Of') ?? '';
      expect(now >= asOf).toBe(true);
      asOf = now;
      expect((await suite.service.get('/health/ready')).status).toBe(200);
    }
  })();
  const rebuilt = consumption('rebuild', '--wait');
  for (let i = 0; i < 10; i++) {
    await suite.cluster.relay(sale(10 + i));
    await suite.cluster.relayWatermark(`2026-02-27T09:00:0${i}.000Z`);
    await suite.salesOf(1, 20 + 5 * i);
  }
  expect(await rebuilt).toMatchObject({ code: 0 });
  await suite.cluster.relay(sale(30));
  await suite.salesOf(1, 70);
  await suite.asOf('2026-02-27T09:00:09.000Z');
  isOver = true;
  await reading;
});

test('it swaps under steady load, although each of its steps takes longer than the next event takes to come', async () => {
  armFailpoints(`${rebuildFailpoints.batchApplied}=delay:600`);
  const before = await suite.databaseFile();
  let isOver = false;
  const writing = (async () => {
    let id = 10;
    for (; !isOver; id++) await suite.cluster.relay(sale(id));
    return id - 10;
  })();
  await consumption('rebuild');
  const swapped = async () => expect(await suite.databaseFile()).not.toBe(before);
  await eventually(swapped).finally(() => (isOver = true));
  await suite.salesOf(1, 15 + 5 * (await writing));
});

test('a held one is kept up to date, can be looked into, and swaps on a word', async () => {
  const before = await suite.databaseFile();
  const held = await consumption('rebuild', '--hold', '--wait');
  expect(held).toMatchObject({ code: 0, out: expect.stringMatching(/held/) as string });
  await suite.cluster.relay(sale(4));
  await suite.salesOf(1, 20);

  await eventually(async () => {
    const snapshot = await fetch(`${suite.service.adminUrl}/snapshot?of=candidate`);
    expect(await snapshot.text()).toContain('["product-sales",1,2000]');
  });
  expect(await suite.databaseFile()).toBe(before);
  await eventually(async () =>
    expect((await consumption('rebuild')).err).toMatch(/a rebuild is under way \(ready, 100 %\)/),
  );
  expect(await consumption('status')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/rebuild \(rebuild\): ready, held/) as string,
  });

  expect(await consumption('swap', '--wait')).toMatchObject({ code: 0 });
  expect(await suite.databaseFile()).not.toBe(before);
  await suite.salesOf(1, 20);
});

test('an aborted one leaves nothing behind', async () => {
  const before = await suite.databaseFile();
  await consumption('rebuild', '--hold');
  await eventually(async () => expect(await files()).toHaveLength(2));
  expect(await consumption('abort')).toMatchObject({ code: 0 });

  await eventually(async () => expect(await files()).toEqual([basename(before)]));
  expect((await fetch(`${suite.service.adminUrl}/snapshot?of=candidate`)).status).toBe(409);
  expect(await consumption('abort')).toMatchObject({ code: 1 });
  await suite.cluster.relay(sale(4));
  await suite.salesOf(1, 20);
  await eventually(async () =>
    expect(await suite.liveGroups(`${suite.group}-rebuild`)).toEqual([]),
  );
});

test('a file whose aggregates are behind the serving one waits for an operator', async () => {
  // The serving file has what no topic ever said; only comparing with PostgreSQL tells who is right.
  await change(`INSERT INTO order_state (order_id, version, status, content) VALUES (900000, 1, 0, 0);
                UPDATE order_state SET version = 7 WHERE order_id = 3`);
  const before = await suite.databaseFile();
  const held = await consumption('rebuild', '--wait');

  expect(held.code).toBe(1);
  expect(held.out).toMatch(/order:3 is at version 7 in the serving file and at 1 in the candidate/);
  expect(held.out).toMatch(/order:900000 is at version 1 .* unknown to the candidate/);
  expect(await suite.databaseFile()).toBe(before);
  await suite.viewsState('current');
  expect(await consumption('swap', '--wait')).toMatchObject({ code: 0 });
  expect(await suite.databaseFile()).not.toBe(before);
  await suite.verified();
});

test('a wrong total in the serving file is healed', async () => {
  await change('UPDATE product_sales SET total_cents = 0 WHERE product_id = 1');
  await suite.salesOf(1, 0);

  expect(await consumption('rebuild', '--wait')).toMatchObject({ code: 0 });
  await suite.salesOf(1, 15);
});

test('a file whose numbers do not fit together never serves', async () => {
  const before = await suite.databaseFile();
  armFailpoints(`${rebuildFailpoints.batchApplied}=delay:60000@2`);
  await consumption('rebuild');
  const [candidate = ''] = (await files()).filter((name) => name !== basename(before));
  await eventually(async () => {
    const snapshot = await fetch(`${suite.service.adminUrl}/snapshot?of=candidate`);
    expect(await snapshot.text()).toContain('["product-sales",1,');
  });
  await suite.change('UPDATE product_sales SET total_cents = total_cents + 1', candidate);
  disarmFailpoints();

  await state('failed');
  expect((await status()).rebuild?.failure).toMatch(/numbers do not fit together: product 1/);
  await eventually(async () => expect(await files()).toEqual([basename(before)]));
  await suite.salesOf(1, 15);
  await suite.viewsState('current');
  expect(await consumption('rebuild', '--wait')).toMatchObject({ code: 0 });
});

test('dead letters that are parked, redriven or discarded meanwhile are the same behind the swap', async () => {
  await suite.cluster.relay(poison(7), poison(8));
  const deadLetters = async () => (await suite.service.admin('GET', '/dead-letters?all=true')).body;
  const names = async (): Promise<string[]> =>
    ((await deadLetters()) as { record: string }[]).map(({ record }) => record);
  await eventually(async () => expect(await names()).toHaveLength(2));
  await consumption('rebuild', '--hold', '--wait');
  const [first = '', second = ''] = await names();
  await suite.command('dead-letters', 'discard', first, '--reason', 'a test');
  await suite.cluster.relay(poison(9));
  await eventually(async () => expect(await names()).toHaveLength(3));
  const before = await deadLetters();

  expect(await consumption('swap', '--wait')).toMatchObject({ code: 0 });
  expect(new Set((await deadLetters()) as object[])).toEqual(new Set(before as object[]));
  await suite.viewsState('incomplete');
  await suite.command('dead-letters', 'discard', second, '--reason', 'a test');
  await suite.cluster.relay(sale(9));
  await suite.viewsState('current');
});

test('rollback reads on in the kept file and swaps; the other is kept then', async () => {
  expect((await consumption('rollback')).err).toMatch(/no file is kept/);
  const old = await suite.databaseFile();
  await consumption('rebuild', '--wait');
  const rebuilt = await suite.databaseFile();
  await suite.cluster.relay(sale(4));
  await suite.salesOf(1, 20);

  expect(await consumption('rollback', '--wait')).toMatchObject({ code: 0 });
  expect(await status()).toMatchObject({ file: old, kept: rebuilt, state: 'current' });
  await suite.cluster.relay(sale(5));
  await suite.salesOf(1, 25);
});

test('a kept file of another projection version is no way back', async () => {
  await consumption('rebuild', '--wait');
  const { kept } = await status();
  await suite.markVersion(kept ?? '', 2);

  expect((await consumption('rollback')).err).toMatch(
    `not of projection version ${projectionVersion}`,
  );
});

test('topics whose first events are gone fail a rebuild, and the serving file goes on', async () => {
  const [partition] = await suite.cluster.admin.fetchTopicOffsets('product-events');
  const filled = (await suite.cluster.admin.fetchTopicOffsets('order-events')).find(
    ({ high }) => Number(high) > 0,
  );
  expect(partition).toBeDefined();
  const partitions = [{ partition: filled?.partition ?? 0, offset: '1' }];
  await suite.cluster.admin.deleteTopicRecords({ topic: 'order-events', partitions });
  const before = await suite.databaseFile();

  const failed = await consumption('rebuild', '--wait');
  expect(failed.code).toBe(1);
  expect(failed.out).toMatch(/begins at 1, its first events are gone.*rebuild --accept-truncated/);
  await suite.salesOf(1, 15);
  await suite.viewsState('current');
  await eventually(async () => expect(await files()).toEqual([basename(before)]));

  // What is gone is written again, and what nobody can read any more is parked.
  await suite.cluster.relay(sale(1), sale(2), sale(3));
  const accepted = await consumption('rebuild', '--accept-truncated', '--wait');
  expect(accepted).toMatchObject({ code: 0 });
  await suite.salesOf(1, 15);
  await suite.viewsState('incomplete');
});

test('a service that stops in the middle goes on with the same file; a held one stays held', async () => {
  armFailpoints(`${rebuildFailpoints.batchApplied}=delay:60000@2`);
  await consumption('rebuild', '--hold');
  const begun = await files();
  const restarted = suite.restart();
  disarmFailpoints();
  await restarted;

  await state('ready');
  expect((await status()).rebuild?.held).toBe(true);
  expect(await files()).toEqual(begun);
  expect(await consumption('swap', '--wait')).toMatchObject({ code: 0 });
  await suite.cluster.relay(sale(4));
  await suite.salesOf(1, 20);
});

test('metrics show how far it is', async () => {
  await consumption('rebuild', '--hold', '--wait');
  const { registry } = suite.service.replica.metrics;
  const metrics = await registry.metrics();

  expect(metrics).toContain('rebuild_state{state="ready"} 1');
  expect(metrics).toContain('rebuild_held 1');
  const of = (name: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
  expect(of('rebuild_offsets_read')).toBeGreaterThan(3);
  expect(of('rebuild_offsets_read')).toBe(of('rebuild_offsets_total'));
});
