import type { KafkaMessage } from 'kafkajs';
import { pino } from 'pino';
import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import { Reading } from '../src/consumer/reading';
import { WatermarkReader } from '../src/consumer/watermark-reader';

const second = (n: number): string => `2026-02-27T09:00:0${n}.000Z`;

let offset = 0;
const message = (watermark: string): KafkaMessage => ({
  key: null,
  value: Buffer.from(JSON.stringify({ watermark })),
  timestamp: '0',
  attributes: 0,
  offset: String(offset++),
  headers: {},
});

let reading: Reading;
let reader: WatermarkReader;
let log: string[];
/** What `ends` waits for. */
let asked: ((ends: PartitionOffsets[]) => void)[];
beforeEach(() => {
  reading = new Reading();
  reading.begin([]);
  log = [];
  asked = [];
  reader = new WatermarkReader(
    reading,
    () => new Promise((resolve) => asked.push(resolve)),
    (fault) => {
      throw fault;
    },
    pino({}, { write: (line: string) => log.push(line) }),
  );
});

/** @returns the watermark that counts when these have come as one batch and Kafka has told its ends */
async function take(...watermarks: string[]): Promise<string | null> {
  const messages = watermarks.map(message);
  reader.take({ messages, lastOffset: () => messages.at(-1)?.offset ?? '' });
  await answer();
  return reading.asOf;
}

async function answer(): Promise<void> {
  await new Promise(setImmediate);
  for (const resolve of asked.splice(0)) resolve([]);
  await new Promise(setImmediate);
}

test('the newest of a batch counts when the ends of its moment are known', async () => {
  offset = 10;
  expect(await take(second(1))).toBe(second(1));
  expect(await take(second(2), second(3))).toBe(second(3));
  expect(reader.next).toBe(13);
});

test('those that come while Kafka is slow to tell its ends wait for that, and the newest counts in the end', async () => {
  for (const n of [1, 2, 3]) {
    const one = message(second(n));
    reader.take({ messages: [one], lastOffset: () => one.offset });
  }
  await answer();
  expect(reading.asOf).toBe(second(1));
  await answer();
  expect(reading.asOf).toBe(second(3));
  await answer();
  expect(reading.asOf).toBe(second(3));
});

test('one that is ahead of the clock counts for nothing, loudly, and the next one is read', async () => {
  expect(await take(second(1))).toBe(second(1));
  expect(await take('2099-01-01T00:00:00.000Z')).toBe(second(1));
  expect(reading.arrived).toBe(second(1));
  expect(reading.whyOld).toMatch(/2099-01-01T00:00:00.000Z is ahead of this clock/);
  expect(log.join('')).toMatch(/"level":50.*2099.*watermark refused/);

  const withinTolerance = new Date(Date.now() + 2_000).toISOString();
  expect(await take(withinTolerance)).toBe(withinTolerance);
  expect(reading.whyOld).not.toMatch(/ahead/);
});
