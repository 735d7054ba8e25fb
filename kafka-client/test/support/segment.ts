import { crc32c } from '@node-rs/crc32';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A record batch as it lies in a partition's log. */
interface LoggedBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number;
  /** Marks the end of a transaction. */
  readonly isControl: boolean;
  /** The whole batch, header included. */
  readonly bytes: Buffer;
}

/** The file that holds a partition's records from its beginning. @param data the broker's folder */
export const segmentFile = (data: string, topic: string, partition: number): string =>
  join(data, `${topic}-${partition}`, '00000000000000000000.log');

/** What the broker has written to a partition. */
export async function batchesOf(file: string): Promise<LoggedBatch[]> {
  const log = await readFile(file);
  const batches: LoggedBatch[] = [];
  for (let at = 0; at < log.length;) {
    const bytes = log.subarray(at, at + 12 + log.readInt32BE(at + 8));
    const firstOffset = Number(bytes.readBigInt64BE(0));
    const attributes = bytes.readInt16BE(21);
    batches.push({
      firstOffset,
      lastOffset: firstOffset + bytes.readInt32BE(23),
      codec: attributes & 7,
      isControl: (attributes & 32) !== 0,
      bytes,
    });
    at += bytes.length;
  }
  return batches;
}

/**
 * Changes a batch where it lies: the broker looks at no checksum when it hands it out.
 *
 * @param sealed its checksum is made to fit again, as whoever wrote it so would have done
 */
export async function spoil(
  file: string,
  firstOffset: number,
  change: (batch: Buffer) => void,
  sealed: boolean,
): Promise<void> {
  const batches = await batchesOf(file);
  const index = batches.findIndex((batch) => batch.firstOffset === firstOffset);
  const batch = batches[index]?.bytes;
  if (batch === undefined) throw new Error(`no batch begins at ${firstOffset}`);
  change(batch);
  if (sealed) batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  const position = batches.slice(0, index).reduce((sum, { bytes }) => sum + bytes.length, 0);
  const log = await open(file, 'r+');
  await log.write(batch, 0, batch.length, position);
  await log.close();
}
