import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { aggregates, aggregateTypes } from 'contracts/aggregates';
import { createClient } from 'service-kit/postgres';
import type { SetupConfig } from './config';

const folder = join(__dirname, '..', 'sql');

/** The tables with the entities, which the audit role compares with the views. */
const entityTables = aggregateTypes.flatMap((type) => [
  aggregates[type].table,
  ...aggregates[type].parts,
]);

/**
 * Runs sql/*.sql in the order of their names, in one transaction, as the migration role.
 *
 * @returns the files applied
 * @throws {SetupError} when the migrations have not run; any error of PostgreSQL
 */
export async function applySetup(config: SetupConfig): Promise<string[]> {
  const client = createClient(config.database, {
    applicationName: 'relay-setup',
    connectTimeoutMs: 5_000,
  });
  await client.connect();
  try {
    await client.query('BEGIN');
    await requireTables(client, [
      'outbox',
      'outbox_topics',
      'event_types',
      'source',
      ...entityTables,
    ]);
    // Values are passed as settings, so that the files stay plain SQL and quote the password themselves.
    await client.query(
      `SELECT set_config('relay.user', $1, true), set_config('relay.password', $2, true),
              set_config('audit.user', $3, true), set_config('audit.password', $4, true),
              set_config('relay.watermark_topic', $5, true), set_config('audit.tables', $6, true),
              set_config('relay.connections', $7, true), set_config('audit.connections', $8, true)`,
      [
        config.relay.user,
        config.relay.password,
        config.audit.user,
        config.audit.password,
        config.watermarkTopic,
        entityTables.map((table) => `public.${table}`).join(', '),
        config.relay.connections,
        config.audit.connections,
      ],
    );
    const files = readdirSync(folder).sort();
    for (const file of files) await client.query(readFileSync(join(folder, file), 'utf8'));
    await client.query('COMMIT');
    return files;
  } finally {
    await client.end();
  }
}

class SetupError extends Error {
  override name = 'SetupError';
}

async function requireTables(client: Client, tables: string[]): Promise<void> {
  const { rows } = await client.query<{ missing: string }>(
    `SELECT wanted AS missing FROM unnest($1::text[]) AS wanted
     WHERE to_regclass('public.' || wanted) IS NULL`,
    [tables],
  );
  if (rows.length > 0) {
    const missing = rows.map((row) => row.missing).join(', ');
    throw new SetupError(
      `no table ${missing}: run the command service's migrations first (command-service/dist/migrate.js)`,
    );
  }
}
