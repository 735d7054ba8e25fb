import { parseArgs } from 'node:util';
import { readRelayKeeperConfig, readSetupConfig } from '../config';

const usage = `usage: new-history --reason <text> [--skip-ids <number>]

After PostgreSQL was restored from a backup: gives it another source id, throws away the events in
Kafka, which belong to a future that did not happen, and has the relay emit the outbox into new topics.

  --reason    kept in the table source_history
  --skip-ids  how many ids of each kind of aggregate are left out, because clients may hold some that were
              given out after the backup; 1000000 unless it says otherwise`;

/** Wrong arguments: nothing was done. */
export class UsageError extends Error {
  override name = 'UsageError';
  constructor(what: string) {
    super(`${what}\n\n${usage}`);
  }
}

export type NewHistoryConfig = ReturnType<typeof readNewHistoryConfig>;

/**
 * The logins of the migration role, which owns the tables, and of the relay's, which owns the slot.
 *
 * @throws {UsageError} {ConfigurationError}
 */
export function readNewHistoryConfig(args: string[], environment: NodeJS.ProcessEnv = process.env) {
  const { reason, skippedIds } = readArguments(args);
  const { database: owner } = readSetupConfig(environment);
  // Where Kafka and Connect are, and which topics there should be.
  const keeper = readRelayKeeperConfig(environment);
  return { reason, skippedIds, owner, relay: keeper.database, keeper };
}

function readArguments(args: string[]): { reason: string; skippedIds: number } {
  const { reason, 'skip-ids': skip } = parse(args);
  if (reason === undefined || reason.trim() === '') throw new UsageError('--reason is missing');
  const skippedIds = Number(skip);
  if (!/^\d+$/.test(skip) || skippedIds > 1e12) throw new UsageError(`--skip-ids ${skip}`);
  return { reason, skippedIds };
}

function parse(args: string[]) {
  const options = {
    reason: { type: 'string' },
    'skip-ids': { type: 'string', default: '1000000' },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
