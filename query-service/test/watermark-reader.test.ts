import type { KafkaMessage } from 'kafkajs';
import { createLogger } from 'service-kit/logger';
import { Reading } from '../src/consumer/reading';
import { WatermarkReader } from '../src/consumer/watermark-reader';

const second = (n: number): string => `2026-02-27T09:00:0${n}.000Z`;

/** A record of the topic of watermarks: the offset is its second, unless markers have taken some. */
const watermark = (n: number, offset: number): KafkaMessage => ({
  key: null,
  value: Buffer.from(JSON.stringify({ watermark: second(n) })),
  timestamp: '0',
  attributes: 0,
  offset: String(offset),
  headers: {},
});

let reading: Reading;
let reader: WatermarkReader;
beforeEach(() => {
  reading = new Reading();
  reading.begin([]);
  reader = new WatermarkReader(
    reading,
    () => Promise.resolve([]),
    (fault) => {
      throw fault;
    },
    createLogger('test', 'silent'),
  );
});

/** @returns the newest watermark that counts when these have come as one batch */
async function take(...messages: KafkaMessage[]): Promise<string | null> {
  reader.take({ messages, lastOffset: () => messages.at(-1)?.offset ?? '' });
  await new Promise(setImmediate);
  return reading.asOf;
}

test('with one broker a watermark counts when it has come', async () => {
  reader.begin(10, 1);
  expect(await take(watermark(1, 10))).toBe(second(1));
  expect(await take(watermark(2, 12), watermark(3, 13))).toBe(second(3));
  expect(reader.next).toBe(14);
});

test('with several it counts when one of a later transaction has come', async () => {
  reader.begin(10, 3);
  expect(await take(watermark(1, 10))).toBeNull();
  // The same transaction: no marker between them.
  expect(await take(watermark(2, 11))).toBeNull();
  expect(await take(watermark(3, 13))).toBe(second(2));
  expect(await take(watermark(4, 15), watermark(5, 16), watermark(6, 18))).toBe(second(5));
});

test('with several, what is fetched again says nothing new', async () => {
  reader.begin(10, 3);
  await take(watermark(1, 10), watermark(2, 12));
  expect(await take(watermark(1, 10), watermark(2, 12))).toBe(second(1));
  expect(await take(watermark(3, 14))).toBe(second(2));
});
