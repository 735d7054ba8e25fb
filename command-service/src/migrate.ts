import { DataSource } from 'typeorm';
import { setUpRole } from 'service-kit/database-role';
import { createLogger, type Logger } from 'service-kit/logger';
import { type Login, withClient } from 'service-kit/postgres';
import { run } from 'service-kit/run';
import { type MigrationConfig, readMigrationConfig } from './config';
import { baseOptions } from './database';
import { migrations } from './migrations/all';
import { declareEvents, declareTopics } from './outbox-topics';
import { serviceRights } from './service-role';

const session = { applicationName: 'migrate', connectTimeoutMs: 5_000 };
/** An arbitrary number that every migrating process uses. */
const lockKey = 4_711_001;

/**
 * Brings the database to this version's tables, topics, roles and rights. Changes nothing when it is already there. Two
 * at once are safe: the second waits for the first.
 *
 * @throws when the database is away or a migration fails; all of its changes are rolled back then
 */
export async function migrate(config: MigrationConfig, logger: Logger): Promise<void> {
  const dataSource = new DataSource({
    ...baseOptions(config.database, session),
    migrations,
    migrationsTransactionMode: 'all',
  });
  await dataSource.initialize();
  try {
    const lock = dataSource.createQueryRunner();
    // The lock belongs to this connection, so it ends with it whatever happens.
    await lock.query('SELECT pg_advisory_lock($1)', [lockKey]);
    const applied = await dataSource.runMigrations();
    await grantRights(config.database, config.serviceRole);
    await declareTopics(dataSource, config.topics);
    await declareEvents(dataSource);
    await lock.query('SELECT pg_advisory_unlock($1)', [lockKey]);
    await lock.release();
    logger.info({ applied: applied.map(({ name }) => name) }, 'the database is up to date');
  } finally {
    await dataSource.destroy();
  }
}

function grantRights(owner: Login, role: MigrationConfig['serviceRole']): Promise<void> {
  return withClient(owner, session, async (client) => {
    await client.query('BEGIN');
    await setUpRole(client, { ...role, rights: serviceRights });
    await client.query('COMMIT');
  });
}

if (require.main === module) {
  void run('migrate', async () => {
    const config = readMigrationConfig();
    await migrate(config, createLogger('migrate', config.logLevel));
    return { stop: () => Promise.resolve() };
  });
}
