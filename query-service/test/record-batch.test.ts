import fc from 'fast-check';
import { readRecords } from 'kafka-client/record-batch';
import { CompressionTypes } from 'kafkajs';

interface Written {
  key: string | null;
  value: string | null;
  timestampDelta: number;
  headers: Record<string, string | string[]>;
}

interface Encoder {
  readonly RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
}
type RecordEncoder = (record: object) => object;
const { RecordBatch } = jest.requireActual<Encoder>('kafkajs/src/protocol/recordBatch/v0');
const encode = jest.requireActual<RecordEncoder>('kafkajs/src/protocol/recordBatch/record/v0');

const firstTimestamp = 1_700_000_000_000;

/** What kafkajs's producer would write; every second offset is gone, as after compaction. */
async function batchOf(records: readonly Written[], compression = 0): Promise<Buffer> {
  const { buffer } = await RecordBatch({
    compression,
    firstTimestamp,
    maxTimestamp: firstTimestamp,
    producerId: 7,
    producerEpoch: 0,
    firstSequence: 0,
    transactional: true,
    lastOffsetDelta: 2 * records.length,
    records: records.map((record, i) => encode({ ...record, offsetDelta: 2 * i })),
  });
  return buffer;
}

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('1', 'é', ''));
// What an object inherits is a name like any other.
const name = fc.oneof(fc.string(), fc.constantFrom('id', 'id', '__proto__', 'constructor'));
const written = fc.record({
  key: fc.option(text),
  value: fc.option(text),
  timestampDelta: fc.integer({ min: -firstTimestamp, max: 2 ** 45 }),
  headers: fc
    .array(fc.tuple(name, fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 3 }))))
    .map((entries) => Object.fromEntries(entries)),
});

const utf8 = (bytes: string): string => Buffer.from(bytes).toString();

test.each([CompressionTypes.None, CompressionTypes.GZIP])(
  'records come out as they were written (codec %i)',
  async (compression) => {
    await fc.assert(
      fc.asyncProperty(fc.array(written, { maxLength: 12 }), async (records) => {
        const read = await readRecords(await batchOf(records, compression));
        expect(
          read.map(({ value, headers, ...record }) => ({
            ...record,
            value: value?.toString() ?? null,
            headers: Object.entries(headers),
          })),
        ).toEqual(
          records.map(({ key, value, timestampDelta, headers }, i) => ({
            offset: String(2 * i),
            timestamp: String(firstTimestamp + timestampDelta),
            key: key === null ? null : utf8(key),
            value: value === null ? null : utf8(value),
            headers: Object.entries(headers).map(([name, value]) => [
              utf8(name),
              Array.isArray(value) ? value.map(utf8) : utf8(value),
            ]),
            isControlRecord: false,
            batchContext: { producerId: '7', inTransaction: true },
          })),
        );
      }),
    );
  },
);

test('a batch with changed bytes is read or refused, and never goes on without end', async () => {
  const change = fc.tuple(
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    fc.integer({ max: 255, min: 0 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(written, { minLength: 1, maxLength: 5 }),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (records, changes) => {
        const batch = await batchOf(records);
        for (const [where, byte] of changes) {
          batch[23 + Math.floor(where * (batch.length - 23))] = byte;
        }
        try {
          const read = await readRecords(batch);
          expect(read.length).toBeLessThan(batch.length);
        } catch (error) {
          expect((error as Error).message).toMatch(/\w/);
        }
      },
    ),
  );
});

test('a batch that says that it has fewer records than it holds is refused', async () => {
  const record = { key: '1', value: '{}', timestampDelta: 0, headers: {} };
  const batch = await batchOf([record, record]);
  batch.writeInt32BE(1, 57);
  await expect(readRecords(batch)).rejects.toThrow('more than its 1 records');
});
