import { runFaults, type RunResult } from '../run';
import { Violation } from '../violation';
import type { Plant } from './plant';
import { plantedCheckout } from './planted-checkout';

const seed = 1;
/** Longer than what the plant's faults take: each of them happens. */
const budgetMs = 600_000;

/** Puts the bug into a copy of the system and runs the suite against it, with the faults that show it. */
export async function runPlant(plant: Plant, say: (line: string) => void): Promise<RunResult> {
  const { folder, remove } = plantedCheckout(plant);
  try {
    const episodes = plant.faults.map((name) => ({ faults: [name], holdMs: 4_000 }));
    const { prepare } = plant;
    return await runFaults({
      seed,
      episodes,
      budgetMs,
      checkout: folder,
      ...(prepare && { prepare }),
      say,
      keepData: false,
    });
  } finally {
    remove();
  }
}

/** Whether the suite found it, by the right invariant. @returns what is wrong; null: it did */
export function notFound({ breaks }: Plant, { failure }: RunResult): string | null {
  if (failure === null) return 'every invariant held';
  if (failure instanceof Violation && breaks.includes(failure.invariant)) return null;
  return `expected ${breaks.join(' or ')}, got ${failure.message}`;
}
