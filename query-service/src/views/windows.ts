import type { Context } from 'koa';
import { Problem } from 'service-kit/problem';
import { readInstant } from 'service-kit/query-parameters';

const hourMs = 3_600_000;

/** Hours since 1970 in UTC: from `start`, before `end`. */
export interface Hours {
  readonly start: number;
  readonly end: number;
}

/** Reads `?start=&end=`: the windows whose start lies in [start, end). Throws a 400 problem, or a 422 one. */
export function readHours({ start: from, end: to }: Context['query']): Hours {
  const start = readInstant('start', from);
  const end = readInstant('end', to);
  if (start > end)
    throw new Problem(422, 'start must not be after end', { code: 'start-after-end' });
  return { start: Math.ceil(start / hourMs), end: Math.ceil(end / hourMs) };
}

/** The first two members of a window in every answer. */
export const presentWindow = (hour: number): string =>
  `"windowStart":"${isoHour(hour)}","windowEnd":"${isoHour(hour + 1)}"`;

/** A cache of written hours: answers repeat the same ones, and writing one costs more than the rest of its row. */
const written = new Map<number, string>();
const mostWritten = 10_000;

function isoHour(hour: number): string {
  let text = written.get(hour);
  if (text === undefined) {
    text = new Date(hour * hourMs).toISOString().replace('.000Z', 'Z');
    if (written.size >= mostWritten) written.clear();
    written.set(hour, text);
  }
  return text;
}
