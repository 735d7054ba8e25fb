import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { aggregates, aggregateTypes } from 'contracts/aggregates';
import { setUpRole } from 'service-kit/database-role';
import { withClient } from 'service-kit/postgres';
import type { SetupConfig } from './config';

const folder = join(__dirname, '..', 'sql');

/** The tables with the entities, which the audit role compares with the views. */
const entityTables = aggregateTypes.flatMap((type) => [
  aggregates[type].table,
  ...aggregates[type].parts,
]);

/** Connect and the relay keeper: reads what is published, writes watermarks, and replicates, which dropping a lost slot takes, too. */
const relayRights = [
  'SELECT ON outbox, outbox_topics, event_types, source, accepted_history',
  'SELECT, INSERT, DELETE ON watermark',
  `EXECUTE ON FUNCTION present_history(), refuse_history(), accept_history(bigint, bigint, oid, text, bigint),
     purge_outbox(text, uuid[], uuid[], interval)`,
];

/** Reconcile, explain, and the relay keeper where it compares. */
const auditRights = [`SELECT ON ${entityTables.join(', ')}, outbox, watermark, source`];

/**
 * Runs sql/*.sql in the order of their names, and gives the roles their rights, in one transaction, as the migration role.
 *
 * @returns the files applied
 * @throws {SetupError} when the migrations have not run; any error of PostgreSQL
 */
export function applySetup(config: SetupConfig): Promise<string[]> {
  const session = { applicationName: 'relay-setup', connectTimeoutMs: 5_000 };
  return withClient(config.database, session, async (client) => {
    await client.query('BEGIN');
    await requireTables(client, [
      'outbox',
      'outbox_topics',
      'event_types',
      'source',
      ...entityTables,
    ]);
    // A setting, so that the file stays plain SQL.
    await client.query(`SELECT set_config('relay.watermark_topic', $1, true)`, [
      config.watermarkTopic,
    ]);
    const files = readdirSync(folder).sort();
    for (const file of files) await client.query(readFileSync(join(folder, file), 'utf8'));
    await setUpRole(client, { ...config.relay, rights: relayRights, mayReplicate: true });
    await setUpRole(client, { ...config.audit, rights: auditRights, readsOnly: true });
    await client.query('COMMIT');
    return files;
  });
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
