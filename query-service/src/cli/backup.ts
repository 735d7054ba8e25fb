import { open, rename, rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { UsageError } from 'service-kit/command-errors';
import type { AdminClient } from './client';

/**
 * Writes a backup of the views into a file, which appears under its name only when it is whole.
 *
 * @param file `-` for standard output
 * @returns its length in bytes
 * @throws {UsageError} when there is no such folder; when the connection ends before the copy does;
 *   {Refused} {NoAnswer}
 */
export async function saveBackup(client: AdminClient, file: string): Promise<number> {
  const { body, length } = await client.download('/backup');
  if (file === '-') return copy(body, length, Writable.toWeb(process.stdout));
  const draft = `${file}.part`;
  const handle = await open(draft, 'w', 0o600).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  try {
    const target = new WritableStream<Uint8Array>({
      write: async (chunk) => void (await handle.writeFile(chunk)),
    });
    const bytes = await copy(body, length, target);
    await handle.sync();
    await rename(draft, file);
    return bytes;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function copy(
  body: ReadableStream<Uint8Array>,
  length: number,
  target: WritableStream,
): Promise<number> {
  let bytes = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      bytes += chunk.length;
      controller.enqueue(chunk);
    },
  });
  await body.pipeThrough(count).pipeTo(target);
  if (bytes !== length) throw new Error(`the copy ended after ${bytes} of ${length} bytes`);
  return bytes;
}
