// The declarations stand beside this file, and who compiles only this one needs them, too.
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./kafkajs-internals.d.ts" />
import { gunzip, type ZlibOptions } from 'node:zlib';
import type { ConnectionOptions } from 'node:tls';
import * as zlib from 'node:zlib';
import { promisify } from 'node:util';
import { Decompress } from 'fzstd';
import {
  CompressionCodecs,
  CompressionTypes,
  Kafka,
  type KafkaConfig,
  type SASLOptions,
} from 'kafkajs';
import RequestQueue from 'kafkajs/src/network/requestQueue';
import { decompressFrameSync } from 'lz4-napi';
import { uncompressSync } from 'snappy';
import type { KafkaConnection, KafkaSasl, KafkaTls } from './connection';

/**
 * A Kafka client that reads whatever Kafka's own clients and brokers write. kafkajs alone reads only gzip, and others
 * decide the codec of a batch: the settings of the topic and of its producers.
 *
 * It writes no compressed batches.
 */
export function createKafka(
  { brokers, tls, sasl }: KafkaConnection,
  options: Omit<KafkaConfig, 'brokers' | 'ssl' | 'sasl'>,
): Kafka {
  Object.assign(CompressionCodecs, codecs);
  RequestQueue.prototype.scheduleCheckPendingRequests = checkWhilePending;
  return new Kafka({
    ...options,
    brokers: [...brokers],
    ...(tls && { ssl: tlsOptions(tls) }),
    ...(sasl && { sasl: saslOptions(sasl) }),
  });
}

/** How often requests that wait for others are looked at, as in kafkajs. */
const pendingCheckMs = 10;

/**
 * By itself, kafkajs looks at its empty queue every millisecond, on each connection, all the time. Newer versions of Node.js
 * also warn of the timer's negative time.
 */
function checkWhilePending(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : pendingCheckMs,
  );
}

/** Node.js verifies the names of brokers by default. */
function tlsOptions({ ca, client }: KafkaTls): ConnectionOptions {
  return {
    ...(ca !== undefined && { ca }),
    ...(client && { cert: client.certificate, key: client.key }),
  };
}

function saslOptions({ mechanism, username, password }: KafkaSasl): SASLOptions {
  return mechanism === 'PLAIN'
    ? { mechanism: 'plain', username, password }
    : { mechanism: 'scram-sha-512', username, password };
}

/**
 * The largest unpacked batch. Compressed, a batch has at most 1 MiB (`max.message.bytes`): one that unpacks to more
 * than this holds no events.
 */
const mostBytes = 1 << 26;

type Codec = (compressed: Buffer) => Buffer | Promise<Buffer>;

const codecOf = (decompress: Codec) => () => ({ decompress });

const unknown = codecOf(() => {
  throw new Error('compressed by a codec that is not known here');
});

/** Codecs by the number in a batch's attributes. Kafka does not use the last three numbers yet. */
const codecs = {
  [CompressionTypes.GZIP]: codecOf((compressed) => gunzipped(compressed, bounded)),
  [CompressionTypes.Snappy]: codecOf(readSnappy),
  [CompressionTypes.LZ4]: codecOf(decompressFrameSync),
  [CompressionTypes.ZSTD]: codecOf(readZstd),
  5: unknown,
  6: unknown,
  7: unknown,
};

const bounded: ZlibOptions = { maxOutputLength: mostBytes };
const gunzipped = promisify(gunzip) as (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>;

/**
 * The first bytes of snappy in the frames of xerial's library, which Java's clients write. librdkafka writes no frames.
 */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

/** In a frame, two version numbers follow, then blocks with their lengths. */
function readSnappy(compressed: Buffer): Buffer {
  if (!compressed.subarray(0, xerial.length).equals(xerial)) return unsnapped(compressed);
  const blocks: Buffer[] = [];
  let at = xerial.length + 8;
  while (at < compressed.length) {
    const length = compressed.readInt32BE(at);
    at += 4;
    blocks.push(unsnapped(compressed.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(blocks);
}

const unsnapped = (block: Buffer): Buffer => uncompressSync(block) as Buffer;

/** Node.js reads zstd itself from 22.15 on, some ten times faster than what is there in JavaScript. */
const native = (zlib as { zstdDecompress?: typeof gunzip }).zstdDecompress;
const unzstd =
  native && (promisify(native) as (bytes: Buffer, options: ZlibOptions) => Promise<Buffer>);

function readZstd(compressed: Buffer): Buffer | Promise<Buffer> {
  if (unzstd !== undefined) return unzstd(compressed, bounded);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress((piece) => {
    length += piece.length;
    if (length > mostBytes) throw new RangeError(`more than ${mostBytes} bytes`);
    pieces.push(piece);
  });
  stream.push(compressed, true);
  return Buffer.concat(pieces);
}
