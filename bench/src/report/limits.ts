import type { Goal, Limit } from '../benchmark';
import { median } from '../measure/statistics';

/** Whether the median of the rounds keeps a limit. */
export function keeps(goal: Goal, limit: Limit): boolean {
  const value = median(goal.rounds);
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
}

/** How many times better than the limit a value is: below 1 it does not keep it. */
export function timesBetter(value: number, limit: Limit): number {
  return 'atLeast' in limit ? value / limit.atLeast : limit.atMost / value;
}

export const limitText = (limit: Limit): string =>
  'atLeast' in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`;

export const limitValue = (limit: Limit): number =>
  'atLeast' in limit ? limit.atLeast : limit.atMost;
