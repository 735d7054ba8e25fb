import type { Figure } from '../benchmark';

/** One run of one side. */
export interface Sample {
  readonly figures: Readonly<Record<string, number>>;
  /** What this side has computed, as text: equal on both sides, or the benchmark has failed. */
  readonly totals: string;
}

export interface Side {
  readonly name: string;
  run(round: number): Promise<Sample>;
}

/** What was measured, by side and figure, a value per round. */
export class Rounds {
  constructor(private readonly samples: ReadonlyMap<string, readonly Sample[]>) {}

  of(side: string, figure: string): number[] {
    return (this.samples.get(side) ?? []).map(({ figures }) => figures[figure] ?? NaN);
  }

  figures(): Figure[] {
    return [...this.samples].flatMap(([side, samples]) =>
      Object.keys(samples[0]?.figures ?? {}).map((what) => ({
        side,
        what,
        rounds: this.of(side, what),
      })),
    );
  }
}

/**
 * Measures the sides in turn, A B, B A, A B …: what drifts meets both alike.
 *
 * @throws when two sides of a round have not computed the same
 */
export async function alternate(
  sides: readonly Side[],
  rounds: number,
  say: (line: string) => void,
): Promise<Rounds> {
  const samples = new Map<string, Sample[]>(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const sample = await side.run(round);
      samples.get(side.name)?.push(sample);
      say(`round ${round + 1}, ${side.name}: ${inWords(sample.figures)}`);
    }
    requireEqualTotals(sides, samples, round);
  }
  return new Rounds(samples);
}

function requireEqualTotals(
  sides: readonly Side[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  round: number,
): void {
  const [first, ...others] = sides.map(({ name }) => ({
    name,
    totals: samples.get(name)?.[round]?.totals,
  }));
  for (const other of others) {
    if (other.totals === first?.totals) continue;
    throw new Error(
      `not the same totals: ${first?.name} ${first?.totals}, ${other.name} ${other.totals}`,
    );
  }
}

export function inWords(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([what, value]) => `${what} ${readable(value)}`)
    .join(', ');
}

/** Three digits are what a measurement is good for. */
export function readable(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
