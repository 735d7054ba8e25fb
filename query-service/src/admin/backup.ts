import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Router from '@koa/router';
import { isJson, notJson } from 'service-kit/gate';
import { Problem } from 'service-kit/problem';
import { SerialQueue } from 'service-kit/serial-queue';
import type { Replica } from '../replica';

/** A client that stops reading keeps the copy on the disk, so its connection is closed after this long. */
const stalledAfterMs = 60_000;
const suffix = '.backup-draft';

/**
 * `GET /backup`: a copy of the serving database file as of one instant, while events go on being applied.
 * Views, versions and offsets are of the same instant, because they are in the same file: a service that
 * starts on the copy reads on from there.
 *
 * The copy is made beside the file first (`VACUUM INTO`, one read transaction, no free pages), so that a slow client
 * holds no transaction open, and its length is known: a copy that was cut short shows.
 */
export function backupRoutes(replica: Replica): Router {
  const router = new Router();
  // One copy at a time: each takes as much disk space as the file.
  const copies = new SerialQueue();
  router.get('/backup', async (ctx) => {
    // The copy costs disk space, so no page may request one, whatever its browser is.
    if (!isJson(ctx.req)) throw notJson;
    const copy = await copies.run(() => copyOf(replica));
    ctx.res.setTimeout(stalledAfterMs);
    ctx.type = 'application/vnd.sqlite3';
    ctx.length = (await copy.stat()).size;
    // The stream closes the file, whether it is read to the end or not.
    ctx.body = copy.createReadStream();
  });
  return router;
}

/** Opens a copy for reading and deletes its name at once, so that nothing has to be cleaned up. */
async function copyOf(replica: Replica): Promise<FileHandle> {
  if (!replica.keepsFiles) {
    throw new Problem(409, 'these views are in PostgreSQL: back that database up, by pg_dump');
  }
  const { file } = replica.describe();
  if (file === null) throw new Problem(503, 'the views are not open');
  await removeDrafts(dirname(file));
  const copy = `${file}.${Date.now()}${suffix}`;
  try {
    await replica.serving.copyTo(copy);
    return await open(copy, 'r');
  } finally {
    await rm(copy, { force: true });
  }
}

/** Deletes copies that a killed process has left. */
async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(folder)).filter((name) => name.endsWith(suffix));
  await Promise.all(drafts.map((name) => rm(join(folder, name), { force: true })));
}
