// The declarations stand beside this file, and who compiles only this one needs them, too.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./kafkajs-internals.d.ts" />
import { crc32c } from '@node-rs/crc32';
import Decoder from 'kafkajs/src/protocol/decoder';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder';
import response from 'kafkajs/src/protocol/requests/fetch/v11/response';

/**
 * Makes kafkajs hand over a batch that it cannot decode as one message, in place of the batch's records.
 *
 * By itself it throws away the whole fetch, of all partitions, and ends without saying where it stood; and of an
 * unknown codec or a broken byte it makes records that nobody wrote, for it looks at no checksum. It has no seam for
 * that, so its decoder of fetch responses is replaced. This is the version that brokers since Kafka 2.3 are asked for.
 */
export function handOverUndecodable(): void {
  response.decode = decode;
}

/** A batch of which no record can be had: an unknown codec, broken bytes. */
export interface UndecodableBatch {
  /** The offset of its first record. */
  readonly first: number;
  /** As its header says: tells it from another one at its place. */
  readonly checksum: number;
  /** For people. */
  readonly reason: string;
}

/** Why a message stands for a batch that cannot be decoded; undefined: it is a record. */
export const undecodableOf = (message: object): UndecodableBatch | undefined =>
  (message as Partial<Placeholder>).undecodable;

/** What stands before a batch's records: sizes and positions in the record batch format, version 2. */
const headerBytes = 61;
const at = { length: 8, magic: 16, checksum: 17, attributes: 21, lastOffsetDelta: 23 };
const beforeLength = 12;
const producerIdAt = 43;
const transactional = 0x10;

/** As much of kafkajs's message as it looks at itself, and why it is none. */
interface Placeholder {
  readonly offset: string;
  readonly key: null;
  readonly value: null;
  readonly headers: object;
  readonly timestamp: string;
  readonly isControlRecord: false;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
  readonly undecodable: UndecodableBatch;
}

/** As kafkajs does, but for the records. */
async function decode(raw: Buffer): Promise<object> {
  const decoder = new Decoder(raw);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = await decoder.readArrayAsync(async () => ({
    topicName: decoder.readString(),
    partitions: await decoder.readArrayAsync(decodePartition),
  }));
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

const decodePartition = async (decoder: Decoder): Promise<object> => ({
  partition: decoder.readInt32(),
  errorCode: decoder.readInt16(),
  highWatermark: decoder.readInt64().toString(),
  lastStableOffset: decoder.readInt64().toString(),
  lastStartOffset: decoder.readInt64().toString(),
  abortedTransactions: decoder.readArray(() => ({
    producerId: decoder.readInt64().toString(),
    firstOffset: decoder.readInt64().toString(),
  })),
  preferredReadReplica: decoder.readInt32(),
  messages: await decodeMessages(decoder),
});

/**
 * What stands before an undecodable batch is read first; the batch then comes alone, and nothing behind it in the same
 * response: it may have been the end of an aborted transaction, without which kafkajs would drop what follows.
 */
async function decodeMessages(decoder: Decoder): Promise<unknown[]> {
  const size = decoder.readInt32();
  if (size <= 0 || !decoder.canReadBytes(size)) return [];
  const log = decoder.readBytes(size);
  const messages: unknown[] = [];
  for (let start = 0; start + headerBytes <= log.length;) {
    const end = start + beforeLength + log.readInt32BE(start + at.length);
    // The last batch of a response may be cut off.
    if (end > log.length) break;
    const batch = log.subarray(start, Math.max(end, start + headerBytes));
    try {
      messages.push(...(await recordsOf(batch)));
    } catch (error) {
      if (messages.length > 0) break;
      return [placeholder(batch, (error as Error).message)];
    }
    start = end;
  }
  return messages;
}

/** @throws why there are none to be had */
async function recordsOf(batch: Buffer): Promise<unknown[]> {
  if (batch.readInt32BE(at.length) + beforeLength < headerBytes)
    throw new Error('it has no header');
  const magic = batch.readInt8(at.magic);
  if (magic !== 2) throw new Error(`its format is ${magic}`);
  if (!isIntact(batch)) throw new Error('its checksum is not that of its bytes');
  const { records } = await decodeBatch(new Decoder(batch));
  const { first, last } = rangeOf(batch);
  const stray = records.find(({ offset }) => !(Number(offset) >= first && Number(offset) <= last));
  if (stray !== undefined) throw new Error(`it holds offset ${stray.offset}`);
  return records;
}

const isIntact = (batch: Buffer): boolean =>
  crc32c(batch.subarray(at.attributes)) === batch.readUInt32BE(at.checksum);

/** Kafka finds batches by the same fields: where these are broken, it would not come here. */
function rangeOf(batch: Buffer): { first: number; last: number } {
  const first = Number(batch.readBigInt64BE(0));
  return { first, last: first + Math.max(0, batch.readInt32BE(at.lastOffsetDelta)) };
}

function placeholder(batch: Buffer, reason: string): Placeholder {
  const { first, last } = rangeOf(batch);
  // Whether it belongs to an aborted transaction says the header: not one that is broken itself.
  const inTransaction = isIntact(batch) && (batch.readInt16BE(at.attributes) & transactional) !== 0;
  return {
    offset: String(last),
    key: null,
    value: null,
    headers: {},
    timestamp: '0',
    isControlRecord: false,
    batchContext: { producerId: String(batch.readBigInt64BE(producerIdAt)), inTransaction },
    undecodable: { first, checksum: batch.readUInt32BE(at.checksum), reason },
  };
}
