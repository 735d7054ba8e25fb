/**
 * How long the simulation searches, and from where: the one place that reads it from the environment.
 *
 *     SIMULATION_RUNS=100000 SIMULATION_SEED=7 npx jest --projects query-service --testPathPatterns simulation.test
 *
 * A failure prints the seed and the smallest history that fails; the same seed finds it again.
 */
export const settings = {
  /** Histories. Each is compared view by view; some milliseconds of one core each. */
  numRuns: Number(process.env.SIMULATION_RUNS ?? 1_000),
  seed: Number(process.env.SIMULATION_SEED ?? Date.now() % 2 ** 31),
};
