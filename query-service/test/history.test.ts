import { nameCommandsFor, type RunBy } from 'contracts/commands';
import { fold } from '../src/model/changes';
import {
  anotherDatabase,
  checkHistory,
  checkResumed,
  HistoryFault,
  tooManyUnreadable,
  UndecodableFault,
} from '../src/model/history';
import type { PartitionProgress } from '../src/model/partition';
import { parkLostRanges } from '../src/store/dead-letters';
import { StorageFault } from '../src/store/storage-fault';
import { nothingApplied } from './support/changes';
import { fetched, item, order, read } from './support/events';

const stored = { topic: 'order-events', partition: 0, offset: 41, eventId: 'a' };
const partition = { topic: 'order-events', partition: 0, low: 0, high: 42 };

const views = (progress: readonly PartitionProgress[], clusterId: string | null = 'here') => ({
  stored: progress,
  origin: { clusterId },
  beginnings: [],
});

describe('before the first fetch', () => {
  test('the history that was read passes', () => {
    expect(() =>
      checkHistory(views([stored]), { clusterId: 'here', offsets: [partition] }),
    ).not.toThrow();
    expect(() =>
      checkHistory(views([], null), { clusterId: 'any', offsets: [partition] }),
    ).not.toThrow();
  });

  test.each([
    ['another cluster', [stored], 'there', [partition], /another Kafka cluster/],
    [
      'a partition that ends before the stored offset',
      [stored],
      'here',
      [{ ...partition, high: 41 }],
      /stand at 41/,
    ],
    [
      'a partition that begins after it',
      [stored],
      'here',
      [{ ...partition, low: 42, high: 50 }],
      /stand at 41/,
    ],
    [
      'a new reader of a truncated partition',
      [],
      'here',
      [{ ...partition, low: 1 }],
      /first events are gone/,
    ],
    ['a partition that is gone', [stored], 'here', [], /does not exist any more/],
  ])('%s is a fault', (_, progress, cluster, offsets, message) => {
    expect(() => checkHistory(views(progress), { clusterId: cluster, offsets })).toThrow(message);
  });
});

describe('after a join', () => {
  const record = fetched(order(1, [item(1, 1, '1.00')]), 41);
  const eventId = String(record.headers.id);

  test('the record at the stored offset is the one that was applied', () => {
    expect(() => checkResumed({ ...stored, eventId }, [record])).not.toThrow();
  });

  test('another event there means that the topic was created anew', () => {
    expect(() => checkResumed(stored, [record])).toThrow(/was event a and is event .*created anew/);
  });

  test('no record there means the same', () => {
    expect(() => checkResumed({ ...stored, offset: 40 }, [record])).toThrow(/is gone/);
  });
});

describe('every sentence names a command that works where the system runs', () => {
  afterEach(() => nameCommandsFor('npm'));
  const batch = { first: 40, checksum: 1, reason: 'why' };
  const record = { ...fetched(order(1, [item(1, 1, '1.00')]), 41), undecodable: batch };
  const thrown = (work: () => void): unknown => {
    try {
      work();
    } catch (error) {
      return error;
    }
    throw new Error('nothing was thrown');
  };
  const refused = (): unknown => {
    const events = ['1.00', '2.00'].map((price, i) =>
      read(order(1, [item(1, 1, price)], { version: i + 1 })),
    );
    return fold(events, nothingApplied).refused[0]?.reason;
  };
  const lost = { topic: 'order-events', partition: 0, first: 1, last: 2 };
  const truncated = { ...partition, low: 1 };

  test.each<[string, () => unknown]>([
    [
      'another history',
      () =>
        thrown(() => checkHistory(views([stored]), { clusterId: 'there', offsets: [partition] })),
    ],
    [
      'a truncated topic',
      () => thrown(() => checkHistory(views([]), { clusterId: 'here', offsets: [truncated] })),
    ],
    ['a batch that cannot be decoded', () => new UndecodableFault(record, batch)],
    ['a run of unreadable records', () => tooManyUnreadable(1, 'order-events/0@1', 'why')],
    ['a run of strays', () => anotherDatabase(10, 'a', 'b')],
    ['a file that is gone', () => new StorageFault('views.sqlite', 'is missing')],
    ['an order that was corrected', refused],
    ['a range that was deleted', () => parkLostRanges([lost]).rows],
  ])('%s', (_, say) => {
    const said = (runBy: RunBy): string => {
      nameCommandsFor(runBy);
      const what = say();
      return what instanceof HistoryFault
        ? `${what.message}\n${what.inRebuild}`
        : what instanceof Error
          ? what.message
          : JSON.stringify(what);
    };
    expect(said('npm')).toMatch(/npm run (?!.*docker)/);
    expect(said('compose')).toMatch(/docker compose exec (?!.*npm run)/);
  });
});
