import { seeded } from 'local/seeded';
import type { Fault } from './fault';
import { kindOf } from './fault';

/** One or two faults at once, for a while. */
export interface Episode {
  /** In the order in which they are made to happen. */
  readonly faults: readonly string[];
  /** How long they last, those that last. */
  readonly holdMs: number;
}

type Planned = Pick<Fault, 'name' | 'disturbs' | 'needs'>;

const shortestHoldMs = 1_000;

/**
 * What goes wrong, one episode after another, without end. The same for the same seed and faults. Pure.
 *
 * Each round has every fault once, alone or with another; it begins with one of each kind.
 */
export function* schedule(
  seed: number,
  faults: readonly Planned[],
  longestHoldMs: number,
): Generator<Episode, never> {
  const random = seeded(seed);
  for (;;) {
    const left = kindsFirst(shuffled(faults, random));
    while (left.length > 0) {
      const [first] = left.splice(0, 1);
      if (first === undefined) break;
      const partner = random(3) === 0 ? -1 : left.findIndex((other) => canBePair(first, other));
      const pair = partner < 0 ? [first] : [first, ...left.splice(partner, 1)];
      yield {
        faults: inOrder(pair).map(({ name }) => name),
        holdMs: shortestHoldMs + random(longestHoldMs - shortestHoldMs),
      };
    }
  }
}

/** Whether both can happen at once, so that each is seen to happen. */
function canBePair(a: Planned, b: Planned): boolean {
  const overlap = (some: readonly string[], others: readonly string[] = []): boolean =>
    some.some((name) => others.includes(name));
  if (overlap(a.disturbs, b.disturbs)) return false;
  // What needs parts comes first; when both do, neither may take away what the other needs.
  return (
    a.needs === undefined ||
    b.needs === undefined ||
    !(overlap(a.disturbs, b.needs) || overlap(b.disturbs, a.needs))
  );
}

const inOrder = (faults: readonly Planned[]): Planned[] =>
  faults.toSorted((a, b) => Number(a.needs === undefined) - Number(b.needs === undefined));

function kindsFirst(faults: readonly Planned[]): Planned[] {
  const firstOf = new Map(faults.toReversed().map((fault) => [kindOf(fault.name), fault]));
  const isFirst = (fault: Planned): boolean => firstOf.get(kindOf(fault.name)) === fault;
  return faults.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)));
}

function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random(left.length), 1));
}
