// The declarations stand beside this file, and who compiles only this one needs them, too.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./kafkajs-internals.d.ts" />
import { crc32c } from '@node-rs/crc32';
import Decoder from 'kafkajs/src/protocol/decoder';
import response from 'kafkajs/src/protocol/requests/fetch/v11/response';
import { pause } from 'service-kit/pauses';
import {
  at,
  beforeLength,
  type BatchContext,
  contextOf,
  headerBytes,
  rangeOf,
  readRecords,
} from './record-batch';

/**
 * Makes kafkajs hand over a batch that it cannot decode as one message, in place of the batch's records.
 *
 * By itself, kafkajs throws away the whole fetch of all partitions, and stops without saying where it stood. From an
 * unknown codec or a broken byte it makes records that nobody wrote, because it checks no checksum. It has no extension
 * point for that, so this replaces its decoder of fetch responses, in the version that it uses with brokers since Kafka
 * 2.3.
 */
export function handOverUndecodable(): void {
  response.decode = decode;
}

/** A batch whose records cannot be decoded: an unknown codec, broken bytes. */
export interface UndecodableBatch {
  /** The offset of its first record. */
  readonly first: number;
  /** The checksum in its header: it distinguishes this batch from another one at its place. */
  readonly checksum: number;
  /** For people. */
  readonly reason: string;
}

/** The batch that a message stands for when it cannot be decoded; undefined for a record. */
export const undecodableOf = (message: object): UndecodableBatch | undefined =>
  (message as Partial<Placeholder>).undecodable;

/** The members of kafkajs's message that kafkajs itself reads, and the undecodable batch. */
interface Placeholder {
  readonly offset: string;
  readonly key: null;
  readonly value: null;
  readonly headers: object;
  readonly timestamp: string;
  readonly isControlRecord: false;
  readonly batchContext: BatchContext;
  readonly undecodable: UndecodableBatch;
}

/** Decodes a response as kafkajs does, except for the records. */
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
 * Batches before an undecodable one are returned first; then it comes alone, without the batches after it in the same
 * response. It may have been the end of an aborted transaction, and without that kafkajs would drop the records that
 * follow.
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
    await pause();
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

/** @throws why they cannot be decoded */
async function recordsOf(batch: Buffer): Promise<unknown[]> {
  if (batch.readInt32BE(at.length) + beforeLength < headerBytes)
    throw new Error('it has no header');
  const magic = batch.readInt8(at.magic);
  if (magic !== 2) throw new Error(`its format is ${magic}`);
  if (!isIntact(batch)) throw new Error('its checksum is not that of its bytes');
  return readRecords(batch);
}

const isIntact = (batch: Buffer): boolean =>
  crc32c(batch.subarray(at.attributes)) === batch.readUInt32BE(at.checksum);

function placeholder(batch: Buffer, reason: string): Placeholder {
  const { first, last } = rangeOf(batch);
  // The header says whether it belongs to an aborted transaction, unless the header itself is broken.
  const attributes = isIntact(batch) ? batch.readInt16BE(at.attributes) : 0;
  return {
    offset: String(last),
    key: null,
    value: null,
    headers: {},
    timestamp: '0',
    isControlRecord: false,
    batchContext: contextOf(batch, attributes),
    undecodable: { first, checksum: batch.readUInt32BE(at.checksum), reason },
  };
}
