import { HistoryFault } from '../src/model/history';
import { Reading } from '../src/consumer/reading';

const order = (partition: number, high: number) => ({
  topic: 'order-events',
  partition,
  low: 0,
  high,
});
const everything = { 'order-events': [0, 1] };

let reading: Reading;
beforeEach(() => {
  reading = new Reading();
});

describe('readiness', () => {
  test('says what it waits for', () => {
    reading.wait('the relay keeper to create order-events');
    expect(reading.notReady()).toEqual(['waiting for the relay keeper to create order-events']);
  });

  test('wants every partition', () => {
    reading.begin([order(0, 0), order(1, 0)]);
    expect(reading.assign({ 'order-events': [1] })).toEqual(['order-events/0']);
    expect(reading.notReady()).toEqual([
      'the consumer group has not given this member order-events/0',
    ]);
  });

  test('wants every position at the end that was captured at start', () => {
    reading.begin([order(0, 5), order(1, 3)]);
    reading.assign(everything);
    reading.advance('order-events', 0, 5);
    reading.advance('order-events', 1, 2);
    expect(reading.notReady()).toEqual(['catching up: 1 offsets behind the end at start']);

    reading.advance('order-events', 1, 3);
    expect(reading.notReady()).toEqual([]);
  });

  test('is there at once when there is nothing to read', () => {
    reading.begin([order(0, 0), order(1, 0)]);
    reading.assign(everything);
    expect(reading.notReady()).toEqual([]);
  });

  test('wants partitions that were added, from their beginning up to the ends they had when they were seen', () => {
    reading.begin([order(0, 0)]);
    reading.assign({ 'order-events': [0] });
    expect(reading.notReady()).toEqual([]);

    expect(reading.grow([order(0, 4), order(1, 2)])).toEqual(['order-events/1']);
    expect(reading.notReady()).toEqual([
      'the consumer group has not given this member order-events/1',
    ]);
    reading.assign(everything);
    expect(reading.notReady()).toEqual(['catching up: 2 offsets behind the end at start']);
    reading.advance('order-events', 1, 2);
    expect(reading.notReady()).toEqual([]);

    expect(reading.grow([order(0, 4), order(1, 3)])).toEqual([]);
    expect(reading.notReady()).toEqual([]);
  });

  test('a partition that was added and has lost its first records is a fault', () => {
    reading.begin([order(0, 0)]);
    expect(() => reading.grow([order(0, 0), { ...order(1, 5), low: 2 }])).toThrow(
      /order-events\/1 begins at 2, its first events are gone.*reemit/,
    );
  });

  test('ends with a halt', () => {
    reading.begin([]);
    reading.assign({});
    reading.halt('another Kafka cluster');
    expect(reading.notReady()).toEqual(['consumption has halted: another Kafka cluster']);
  });
});

describe('freshness', () => {
  const t = (second: number) => `2026-02-27T09:00:0${second}.000Z`;

  test('a watermark holds when every position has reached the ends of its moment', () => {
    reading.begin([order(0, 0), order(1, 0)]);
    reading.advance('order-events', 0, 4);
    reading.readWatermark(t(1), reading.next(), [order(0, 4), order(1, 2)]);
    expect(reading.asOf).toBeNull();

    reading.advance('order-events', 1, 2);
    expect(reading.asOf).toBe(t(1));
  });

  test('a later one that is reached counts, one that is not yet reached does not', () => {
    reading.begin([order(0, 0)]);
    reading.readWatermark(t(1), reading.next(), [order(0, 1)]);
    reading.readWatermark(t(2), reading.next(), [order(0, 2)]);
    reading.readWatermark(t(3), reading.next(), [order(0, 3)]);
    reading.advance('order-events', 0, 2);
    expect(reading.asOf).toBe(t(2));
  });

  test('of an hour of watermarks that wait, the oldest is reached first and the newest is known', () => {
    reading.begin([order(0, 0)]);
    for (let second = 1; second <= 3_600; second++) {
      const watermark = new Date(second * 1_000).toISOString();
      reading.readWatermark(watermark, reading.next(), [order(0, second)]);
    }
    reading.advance('order-events', 0, 1);
    expect(reading.asOf).toBe('1970-01-01T00:00:01.000Z');
    reading.advance('order-events', 0, 3_599);
    expect(reading.asOf).toBe('1970-01-01T00:59:59.000Z');
    reading.advance('order-events', 0, 3_600);
    expect(reading.asOf).toBe('1970-01-01T01:00:00.000Z');
  });

  test("goes back with PostgreSQL's clock: what is stamped then may not be in Kafka yet", () => {
    reading.begin([order(0, 0)]);
    reading.readWatermark(t(2), reading.next(), [order(0, 0)]);
    reading.readWatermark(t(1), reading.next(), [order(0, 0)]);
    expect(reading.asOf).toBe(t(1));
  });

  test('ends before what was read are of another topic: they tell nothing', () => {
    reading.begin([order(0, 0)]);
    reading.advance('order-events', 0, 4);
    expect(() => reading.readWatermark(t(1), reading.next(), [order(0, 1)])).toThrow(HistoryFault);
    expect(reading.asOf).toBeNull();
  });

  test('a position never goes back', () => {
    reading.begin([order(0, 2)]);
    reading.assign({ 'order-events': [0] });
    reading.advance('order-events', 0, 2);
    reading.advance('order-events', 0, 1);
    expect(reading.notReady()).toEqual([]);
    expect(reading.next()).toEqual([{ topic: 'order-events', partition: 0, offset: 2 }]);
  });
});
