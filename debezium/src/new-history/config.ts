import { readRelayKeeperConfig, readSetupConfig } from '../config';

/** How many ids of each kind are left out: clients may hold some that were given out in what was lost. */
export const defaultSkippedIds = 1_000_000;

export type NewHistoryConfig = ReturnType<typeof readNewHistoryConfig> & {
  /** Kept in the table source_history. */
  readonly reason: string;
  /** How many ids of each kind of aggregate are skipped. */
  readonly skippedIds: number;
};

/**
 * The logins of the migration role, which owns the tables, and of the relay's, which owns the slot.
 *
 * @throws {ConfigurationError}
 */
export function readNewHistoryConfig(environment: NodeJS.ProcessEnv = process.env) {
  const { database: owner } = readSetupConfig(environment);
  // The keeper's environment names Kafka, Connect and the topics.
  const keeper = readRelayKeeperConfig(environment);
  return { owner, relay: keeper.database, keeper };
}
