import { settleGaps, type VersionGap } from '../src/apply/gaps';
import { decode } from '../src/apply/event';
import { fetched, item, order } from './support/events';
import { openViews, type TestViews } from './support/views';

const version = (version: number, offset: number) => {
  const decoded = decode(fetched(order(1, [item(1, 1, '5.00')], { version }), offset));
  if (decoded.kind !== 'event') throw new Error('a readable event was expected');
  return decoded.event;
};
const jump = { topic: 'order-events', partition: 0, offset: 10 };
const gap: VersionGap = { kind: 'order', id: 1, first: 3, last: 5, record: jump };
const settle = (...events: ReturnType<typeof version>[]) => settleGaps([gap], [], events);

describe('a gap of the versions 3 to 5', () => {
  test('stays while nothing of it comes', () => {
    expect(settle(version(2, 11), version(6, 9))).toEqual({ found: [], narrowed: [], closed: [] });
  });

  test('narrows to what is missing still', () => {
    expect(settle(version(4, 11))).toEqual({
      narrowed: [gap],
      found: [
        { ...gap, last: 3 },
        { ...gap, first: 5 },
      ],
      closed: [],
    });
  });

  test('closes when all of it has come, in any order', () => {
    const { closed, found } = settle(version(5, 11), version(3, 12), version(4, 13));
    expect(found).toEqual([]);
    expect(closed).toMatchObject([{ gap, by: { offset: 13 } }]);
  });

  test.each([6, 7])('closes when version %i is read behind the record that jumped', (newer) => {
    expect(settle(version(newer, 11)).closed).toMatchObject([{ by: { offset: 11 } }]);
  });
});

describe('in the views', () => {
  let views: TestViews;
  beforeEach(async () => {
    views = await openViews();
  });
  afterEach(() => views.close());

  const sale = (version: number, id = 1) => order(id, [item(1, 1, '5.00')], { version });
  const rows = () =>
    views.store.all(
      'SELECT subject, first_version, last_version, closed_at IS NULL AS open FROM version_gap',
    );

  test('a gap is counted and kept, the numbers are right at once', async () => {
    await views.apply(sale(1), sale(4));

    expect(await rows()).toEqual([{ subject: 1, first_version: 2, last_version: 3, open: 1 }]);
    expect(views.metrics.openGaps).toBe(1);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 500 }] });
  });

  test('a missing first version is a gap, too', async () => {
    await views.apply(sale(2));
    expect(await rows()).toEqual([{ subject: 1, first_version: 1, last_version: 1, open: 1 }]);
  });

  test('late versions close it, across batches and a restart', async () => {
    await views.apply(sale(1), sale(4));
    await views.apply(sale(3));
    expect(await rows()).toEqual([{ subject: 1, first_version: 2, last_version: 2, open: 1 }]);
    views = await views.reopen();
    expect(views.metrics.openGaps).toBe(1);

    await views.apply(sale(2));
    expect(await rows()).toMatchObject([{ open: 0 }]);
    expect(views.metrics.openGaps).toBe(0);
    expect(await views.contents()).toMatchObject({ products: [{ total_cents: 500 }] });
  });

  test('a gap that is torn and filled within one batch is kept as closed', async () => {
    await views.apply(sale(1), sale(3), sale(2));
    expect(await rows()).toMatchObject([{ first_version: 2, open: 0 }]);
  });

  test('another aggregate closes nothing', async () => {
    await views.apply(sale(1), sale(3));
    await views.apply(sale(1, 2), sale(2, 2), sale(3, 2));
    expect(views.metrics.openGaps).toBe(1);
  });
});
