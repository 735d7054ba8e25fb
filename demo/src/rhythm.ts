const hourMs = 3_600_000;

/**
 * How busy each hour of the day is, beside the busiest: a quiet night, a rise in the morning, a dip after
 * lunch, the evening's peak.
 */
const day = [
  ...[12, 8, 6, 5, 6, 10, 20, 35, 52, 66, 74, 80],
  ...[84, 76, 68, 70, 75, 82, 92, 100, 96, 74, 46, 24],
];

/** @param hour of the clock on the wall, 0…23 @returns from above 0 to 1 */
export function business(hour: number): number {
  return (day[hour] ?? 50) / 100;
}

/**
 * Spreads orders of the past over whole hours by the day's rhythm.
 *
 * @param now milliseconds since 1970
 * @param hours how far back
 * @param total how many orders
 * @param random from 0 to below 1
 * @returns when each was placed, in milliseconds since 1970: all of them before `now`
 */
export function pastOrders(
  now: number,
  hours: number,
  total: number,
  random: () => number,
): number[] {
  const starts = Array.from({ length: hours }, (_, i) => now - (hours - i) * hourMs);
  const weights = starts.map((start) => business(new Date(start).getHours()));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return starts.flatMap((start, i) => {
    const count = Math.round((total * (weights[i] ?? 0)) / sum);
    return Array.from({ length: count }, () => Math.floor(start + random() * hourMs));
  });
}
