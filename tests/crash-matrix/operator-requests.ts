import { until } from 'local/until';
import type { Request } from './batch-points';
import type { QueryService } from './servers';
import { servingFile, viewsFiles } from './views-state';

const deadlineMs = 90_000;

/** Sends an operator's request. @returns whether it was answered; true when there is none to send */
export async function ask(replica: QueryService, passedBy: string): Promise<boolean> {
  const path = paths[passedBy as Request];
  if (path === undefined) return true;
  const url = replica.admin + (typeof path === 'string' ? path : await path(replica));
  const isDeadLetters = passedBy === 'redrive' || passedBy === 'discard';
  const words = isDeadLetters ? { by: 'crash matrix', reason: 'the suite has written it' } : {};
  const body = JSON.stringify(words);
  const headers = { 'Content-Type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Until the rebuild has swapped, or what is left of it is deleted. */
export function untilRebuilt(folder: string, served: string, swaps: boolean): Promise<void> {
  return until(() => {
    // The one before is kept.
    const files = viewsFiles(folder);
    if (files.length > 2) throw new Error(`not tidied up: ${files.join(', ')}`);
    if ((servingFile(folder) !== served) !== swaps) throw new Error('not swapped');
  }, deadlineMs);
}

/** A rebuild that waits for a word, so that there is one to give up. */
export async function holdRebuild({ admin }: QueryService): Promise<void> {
  await fetch(`${admin}/consumption/rebuild`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ hold: 'true' }),
  });
  await until(async () => {
    const { rebuild } = (await (await fetch(`${admin}/consumption`)).json()) as {
      rebuild: { state: string } | null;
    };
    if (rebuild?.state !== 'ready') throw new Error(`the rebuild is ${rebuild?.state}`);
  }, deadlineMs);
}

/** What a redrive finds to do. */
export const parkedByAnOlderVersion = `UPDATE dead_letter SET reason = 'read by an older version' WHERE state = 'open'`;

const paths: Record<Request, string | ((replica: QueryService) => Promise<string>)> = {
  redrive: '/dead-letters/redrive',
  resume: '/consumption/resume',
  rebuild: '/consumption/rebuild',
  abort: '/consumption/abort',
  discard: async ({ admin }) => {
    const deadLetters = (await (await fetch(`${admin}/dead-letters`)).json()) as {
      record: string;
    }[];
    const [, topic, place] = /^(.+)\/(\d+@\d+)$/.exec(deadLetters[0]?.record ?? '') ?? [];
    return `/dead-letters/${topic}/${place}/discard`;
  },
};
