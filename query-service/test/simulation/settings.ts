/**
 * How long the simulation searches, and from where: the one place that reads it from the environment.
 *
 *     SIMULATION_RUNS=100000 SIMULATION_SEED=7 npm test -w query-service -- simulation
 *
 * A failure prints the seed and the smallest history that fails; the same seed finds it again.
 */
export const settings = {
  /** Histories. 10,000 take about a minute of one core. */
  numRuns: Number(process.env.SIMULATION_RUNS ?? 10_000),
  seed: Number(process.env.SIMULATION_SEED ?? Date.now() % 2 ** 31),
};
