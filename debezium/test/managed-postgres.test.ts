import { privilegesOf } from '../../local/test/support/privileges';
import { query } from 'local/query';
import { migrate, settingsOf } from '../../local/test/support/temporary';
import { createPool } from 'service-kit/postgres';
import { sqlOn } from 'service-kit/sql';
import { applySetup } from '../src/apply-setup';
import { readSetupConfig } from '../src/config';
import { acceptHistory, findHistory, refuseHistory } from '../src/history/find-history';
import { keeperSession } from '../src/keeper';
import { findIdleSlotEnd } from '../src/slot';
import { findStandbys } from '../src/standbys';
import { isInstalled, startPostgresOf } from './support/postgres-of';

type Server = Awaited<ReturnType<typeof startPostgresOf>>;

// Debian 12 has version 15.
const versions = [17, 15].filter(isInstalled);

describe.each(versions)('PostgreSQL %i, whose owner role is no superuser', (version) => {
  let server: Server;
  beforeAll(async () => {
    server = await startPostgresOf(version);
  });
  afterAll(() => server?.stop());

  const asProvider = (text: string): Promise<unknown> => query(server, text);
  /** As the provider's own superuser sees the database. */
  const inDatabase = (database: string) => ({ ...server, database });

  /** A database, and a role that owns it and may create roles: what providers give. */
  async function owned(name: string, more = ''): Promise<NodeJS.ProcessEnv> {
    await asProvider(
      `CREATE ROLE ${name}_owner LOGIN CREATEROLE CREATEDB ${more} PASSWORD 'owner'`,
    );
    await asProvider(`CREATE DATABASE ${name} OWNER ${name}_owner`);
    return {
      ...process.env,
      ...settingsOf(inDatabase(name) as Parameters<typeof settingsOf>[0]),
      POSTGRES_USER: `${name}_owner`,
      POSTGRES_PASSWORD: 'owner',
      SERVICE_DB_USER: `${name}_service`,
      SERVICE_DB_PASSWORD: 'service',
      RELAY_DB_USER: `${name}_relay`,
      RELAY_DB_PASSWORD: 'relay',
      AUDIT_DB_USER: `${name}_auditor`,
      AUDIT_DB_PASSWORD: 'audit',
    };
  }

  /** Both programs, as at each start. */
  async function setUp(environment: NodeJS.ProcessEnv): Promise<void> {
    await migrate(environment);
    await applySetup(readSetupConfig(environment));
  }

  const privileges = (name: string, role: string): Promise<string[]> =>
    privilegesOf(inDatabase(name), `${name}_${role}`);

  test('a relay role that the provider lets replicate is taken as it is', async () => {
    const environment = await owned('given');
    await asProvider(`CREATE ROLE given_relay LOGIN REPLICATION PASSWORD 'relay'`);
    // From 16 on, who may create roles may change those only that he was given.
    if (version >= 16)
      await asProvider(
        'GRANT given_relay TO given_owner WITH ADMIN OPTION, SET FALSE, INHERIT FALSE',
      );
    await setUp(environment);
    await setUp(environment);
    expect(await privileges('given', 'relay')).toContain('REPLICATION');
    expect(await privileges('given', 'relay')).not.toContain('INSERT ON outbox');
    expect(await privileges('given', 'service')).toContain('INSERT ON outbox');
    expect(await privileges('given', 'auditor')).not.toContain('REPLICATION');
  });

  test('the relay role sees and accepts the history, whatever the version tells of slots', async () => {
    const login = { ...inDatabase('given'), user: 'given_relay', password: 'relay' };
    const pool = createPool(login, keeperSession);
    try {
      const sql = sqlOn(pool);
      await query(login, `SELECT pg_create_logical_replication_slot('relay', 'pgoutput')`);
      expect(await findStandbys(sql)).toMatchObject({ keepSlot: false, waitedFor: [] });
      expect(await findIdleSlotEnd(sql)).toBeGreaterThan(0n);
      await refuseHistory(sql);
      const found = await findHistory(sql);
      if (found === 'standby') throw new Error('it is no standby');
      expect(found.accepted).toBeNull();
      await acceptHistory(sql, found.present, 'judged', 1);
      expect(await findHistory(sql)).toMatchObject({ accepted: found.present });
    } finally {
      await query(login, `SELECT pg_drop_replication_slot('relay')`);
      await pool.end();
    }
  });

  test("an owner that may pass replication on by the provider's role, such as rds_replication, does", async () => {
    const environment = await owned('rds');
    await asProvider('CREATE ROLE rds_replication');
    await asProvider('GRANT rds_replication TO rds_owner WITH ADMIN OPTION');
    try {
      await setUp(environment);
      expect(await privileges('rds', 'relay')).toContain('member of rds_replication');
      await setUp(environment);
      expect(await privileges('rds', 'relay')).toContain('member of rds_replication');
      expect(await privileges('rds', 'auditor')).not.toContain('member of rds_replication');
    } finally {
      await asProvider('DROP ROLE rds_replication');
    }
  });

  // Before 16 only superusers give it.
  if (version >= 16) {
    test('an owner that may replicate lets the relay role do it', async () => {
      const environment = await owned('passed', 'REPLICATION');
      await setUp(environment);
      await setUp(environment);
      expect(await privileges('passed', 'relay')).toContain('REPLICATION');
    });
  }

  test('an owner that may not is told who has to do what', async () => {
    const environment = await owned('refused');
    await expect(setUp(environment)).rejects.toThrow(
      /refused_owner may not let the role refused_relay replicate: .*ALTER ROLE refused_relay REPLICATION/,
    );
  });
});
