import { ContractError } from 'contracts/events';
import { parseInstant } from 'contracts/instant';

/** A cache of computed hours by `yyyymmddhh`: thousands of orders share one. */
const known = new Map<number, number>();

/** The cache's limit, more than a year of hours. */
const mostKnown = 10_000;

/**
 * The UTC hour of an instant as events carry it, in whole hours since 1970.
 *
 * @param instant of the contract's form, `2026-02-27T09:15:00.000Z`: the schema has checked its digits
 * @throws {ContractError} when it is no instant of the calendar
 */
export function readHour(instant: string): number {
  const year = 100 * two(instant, 0) + two(instant, 2);
  const written = ((year * 100 + two(instant, 5)) * 100 + two(instant, 8)) * 100 + two(instant, 11);
  const hour = known.get(written);
  // Minutes and seconds are checked by themselves: every hour has the same ones.
  if (hour !== undefined && two(instant, 14) < 60 && two(instant, 17) < 60) return hour;
  const milliseconds = parseInstant(instant);
  if (milliseconds === null) throw new ContractError(`placedAt is no instant: ${instant}`);
  if (known.size >= mostKnown) known.clear();
  const read = Math.floor(milliseconds / 3_600_000);
  known.set(written, read);
  return read;
}

/** The number that two digits of a text are. */
const two = (text: string, at: number): number =>
  10 * (text.charCodeAt(at) - 48) + text.charCodeAt(at + 1) - 48;
