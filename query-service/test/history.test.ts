import { checkHistory, checkResumed } from '../src/apply/history';
import { fetched, item, order } from './support/events';

const stored = { topic: 'order-events', partition: 0, offset: 41, eventId: 'a' };
const origin = { sourceId: null, clusterId: 'here' };
const partition = { topic: 'order-events', partition: 0, low: 0, high: 42 };

describe('before the first fetch', () => {
  test('the history that was read passes', () => {
    expect(() => checkHistory([stored], origin, 'here', [partition])).not.toThrow();
    expect(() =>
      checkHistory([], { ...origin, clusterId: null }, 'any', [partition]),
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
    expect(() => checkHistory(progress, origin, cluster, offsets)).toThrow(message);
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
