import { currentVersion, ignorableTypes } from 'contracts/events';
import { item, order, product, type TestEvent } from './support/events';
import { eventually } from './support/service';
import { useSuite } from './support/suite';

const suite = useSuite();

const sale = (id: number, version = 1): TestEvent => order(id, [item(1, 1, '5.00')], { version });
const without = (event: TestEvent, header: string): TestEvent => ({
  ...event,
  headers: Object.fromEntries(Object.entries(event.headers).filter(([name]) => name !== header)),
});

interface DeadLetter {
  record: string;
  state: string;
  aggregate: string | null;
  version: number | null;
  reason: string;
}
const deadLetters = async (query = ''): Promise<DeadLetter[]> =>
  (await suite.service.admin('GET', `/dead-letters${query}`)).body as DeadLetter[];

const parked = async (count: number): Promise<DeadLetter[]> => {
  await eventually(async () => expect(await deadLetters()).toHaveLength(count));
  return deadLetters();
};

/** Runs with the code of a release that did not know an event type, or only up to a version. */
async function asOfOldRelease(
  type: 'OrderStatusUpdated' | 'OrderCreated',
  version: number | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const versions: Record<string, number | undefined> = currentVersion;
  const today = versions[type];
  if (version === undefined) delete versions[type];
  else versions[type] = version;
  await work();
  versions[type] = today;
}

describe('through Kafka, an event that cannot be applied', () => {
  const broken: [(sound: TestEvent) => Partial<TestEvent>, RegExp][] = [
    [() => ({ value: '{"orderId":' }), /JSON/],
    [({ key }) => ({ value: `{"orderId":${key}}` }), /must have required property/],
    [
      ({ headers }) => ({ headers: { ...headers, eventType: 'OrderPraised' } }),
      /unknown event type OrderPraised/,
    ],
    [() => ({ key: null as unknown as string }), /the key is missing/],
    [(sound) => without(sound, 'aggregateVersion'), /aggregateVersion is missing/],
    [
      ({ headers }) => ({ headers: { ...headers, schemaVersion: '2' } }),
      /version 2 is newer than 1/,
    ],
  ];
  const ids = broken.map((_, index) => index + 1);

  test('whatever is wrong with it, is parked; the rest goes on; answers say incomplete; a newer version heals it', async () => {
    const events = broken.map(([spoil], index) => ({
      ...sale(index + 1),
      ...spoil(sale(index + 1)),
    }));
    await suite.cluster.relay(product(1, 'A'), ...events, sale(100));
    await suite.salesOf(1, 5);

    const found = await parked(broken.length);
    for (const [index, [, reason]] of broken.entries()) {
      expect(found.find(({ aggregate }) => aggregate === `order:${index + 1}`)).toMatchObject({
        state: 'open',
        version: events[index]?.headers.aggregateVersion === undefined ? null : 1,
        record: expect.stringMatching(/^order-events\/[01]@\d+$/) as string,
        reason: expect.stringMatching(reason) as string,
      });
    }
    await suite.ready();
    await suite.viewsState('incomplete');
    await suite.logged(/event parked/);

    await suite.cluster.relay(...ids.map((id) => sale(id, 2)));
    await suite.salesOf(1, 5 * (broken.length + 1));
    await suite.viewsState('current');
    expect((await deadLetters('?all=true')).map(({ state }) => state)).toEqual(
      broken.map(() => 'healed'),
    );
  });

  test('is parked in the transaction of its batch: a restart parks it once and reads on', async () => {
    await suite.cluster.relay(product(1, 'A'), { ...sale(7), value: 'poison' });
    await parked(1);
    await suite.restart();
    await suite.cluster.relay(sale(8));

    await suite.salesOf(1, 5);
    expect(await deadLetters()).toHaveLength(1);
  });
});

describe('after an upgrade', () => {
  test('a type that was unknown is applied at the start, and is not counted twice', async () => {
    await asOfOldRelease('OrderStatusUpdated', undefined, async () => {
      await suite.cluster.relay(product(1, 'A'), sale(7, 2), sale(8));
      await parked(1);
      await suite.salesOf(1, 5);
    });
    await suite.restart();

    await suite.salesOf(1, 10);
    await suite.viewsState('current');
    expect(await deadLetters('?all=true')).toMatchObject([
      { state: 'redriven', settledBy: 'start' },
    ]);
    await suite.cluster.relay(sale(7, 3));
    await suite.cluster.relay(sale(9));
    await suite.salesOf(1, 15);
  });

  test('a schema version that was too new is applied at the start', async () => {
    await asOfOldRelease('OrderCreated', 0, async () => {
      await suite.cluster.relay(product(1, 'A'), sale(7));
      expect((await parked(1))[0]?.reason).toMatch(/newer than 0/);
    });
    await suite.restart();

    await suite.salesOf(1, 5);
    expect(await deadLetters()).toEqual([]);
  });

  test('a type that may be ignored ends its dead letters', async () => {
    const praised = { ...sale(7), headers: { ...sale(7).headers, eventType: 'OrderPraised' } };
    await suite.cluster.relay(product(1, 'A'), praised);
    await parked(1);
    const listed = ignorableTypes as Set<string>;
    listed.add('OrderPraised');
    await suite.restart();
    await suite.ready();
    await eventually(async () => {
      expect(await deadLetters('?all=true')).toMatchObject([{ state: 'redriven' }]);
    });
    listed.delete('OrderPraised');
  });
});

describe('an operator', () => {
  const record = async (): Promise<string> => (await parked(1))[0]?.record ?? '';

  test('lists, shows, and gets exit codes to go by', async () => {
    expect(await suite.command('dead-letters', 'list')).toMatchObject({
      code: 0,
      out: 'nothing is parked',
    });
    await suite.cluster.relay({ ...sale(7), value: '{"orderId":' });
    const name = await record();

    const list = await suite.command('dead-letters', 'list');
    expect(list.out).toMatch(new RegExp(`^open +${name} +order:7, version 1 .*JSON`));
    const json = await suite.command('dead-letters', 'list', '--json');
    expect(JSON.parse(json.out)).toMatchObject([{ record: name, state: 'open' }]);
    const show = await suite.command('dead-letters', 'show', name);
    expect(show.out).toMatch(/eventType: OrderCreated[^]*value:\n\{"orderId":$/);

    expect(await suite.command('dead-letters', 'show', 'order-events/9@9')).toMatchObject({
      code: 3,
      err: 'nothing was parked at order-events/9@9',
    });
    expect((await suite.command('dead-letters', 'show', '17')).code).toBe(64);
    expect((await suite.command('dead-letters', 'discard', name)).code).toBe(64);
    expect((await suite.command('dead-letters', 'redrive', name)).code).toBe(1);
  });

  test('has what fits by now read again, while events come in', async () => {
    await asOfOldRelease('OrderStatusUpdated', undefined, async () => {
      await suite.cluster.relay(product(1, 'A'), sale(6, 2), sale(7, 2));
      await parked(2);
    });
    const [, six] = await deadLetters();
    const relayed = suite.cluster.relay(sale(8), sale(9));
    expect(await suite.command('dead-letters', 'redrive', six?.record ?? '')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^redriven/) as string,
    });
    await relayed;
    expect(await suite.command('dead-letters', 'redrive', '--all')).toMatchObject({
      code: 0,
      out: '1 applied, 0 still open',
    });
    await suite.salesOf(1, 20);
    await suite.viewsState('current');
  });

  test('discards with a reason, which ends incomplete and survives resume and rebuild', async () => {
    await suite.cluster.relay(product(1, 'A'), sale(8), { ...sale(7), value: 'poison' });
    const name = await record();
    expect((await suite.service.admin('POST', `/dead-letters/${name}/discard`)).status).toBe(400);
    await suite.viewsState('incomplete');

    const reason = 'order 7 was a test order';
    const discarded = await suite.command('dead-letters', 'discard', name, '--reason', reason);
    expect(discarded).toMatchObject({ code: 0 });
    await suite.viewsState('current');
    expect((await suite.command('dead-letters', 'redrive', name)).err).toMatch(
      /is discarded already/,
    );

    for (const way of ['resume', 'rebuild']) {
      expect(await suite.command('consumption', way)).toMatchObject({ code: 0 });
      await suite.ready();
      await suite.salesOf(1, 5);
      expect(await deadLetters('?all=true')).toMatchObject([
        { record: name, state: 'discarded', settledWhy: reason },
      ]);
      if (way === 'resume') await suite.verified();
      else await suite.viewsState('current');
    }
  });

  test('pages through many', async () => {
    const poison = Array.from({ length: 5 }, (_, i) => ({ ...sale(i + 1), value: 'poison' }));
    await suite.cluster.relay(...poison);
    await parked(5);

    const first = await suite.service.admin('GET', '/dead-letters?limit=3');
    expect(first.body).toHaveLength(3);
    const next = /<([^>]+)>/.exec(first.headers.get('Link') ?? '')?.[1] ?? '';
    const second = await suite.service.admin('GET', next);
    expect(second.body).toHaveLength(2);
    expect(second.headers.get('Link')).toBeNull();
    expect(JSON.parse((await suite.command('dead-letters', 'list', '--json')).out)).toHaveLength(5);
  });
});

test('what was parked stays parked in a rebuilt file, and metrics count it by state', async () => {
  await suite.cluster.relay(product(1, 'A'), { ...sale(7), value: 'poison' }, sale(8));
  const [before] = await parked(1);
  await suite.command('consumption', 'rebuild');
  await suite.ready();

  await eventually(async () => expect(await deadLetters()).toEqual([before]));
  const { registry } = suite.service.replica.metrics;
  expect(await registry.metrics()).toContain('dead_letters{state="open"} 1');
});
