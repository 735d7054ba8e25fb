import type { Pool } from 'pg';
import { query } from 'local/query';
import {
  migrate,
  settingsOf,
  startTemporaryPostgres,
  startTemporaryStandby,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import { until } from 'local/until';
import { createPool } from 'service-kit/postgres';
import { sqlOn } from 'service-kit/sql';
import { applySetup } from '../src/apply-setup';
import { readRelayKeeperConfig, readSetupConfig } from '../src/config';
import { findHistory } from '../src/history/find-history';
import { keeperSession } from '../src/keeper';
import { findStandbys, missingForFailover } from '../src/standbys';

let primary: TemporaryPostgres;
let standby: TemporaryPostgres;
const pools: Pool[] = [];

beforeAll(async () => {
  primary = await startTemporaryPostgres({ standbys: true });
  const environment = environmentOf(primary);
  await migrate(environment);
  await applySetup(readSetupConfig(environment));
  standby = await startTemporaryStandby(primary, 'standby_1');
});

afterAll(async () => {
  for (const pool of pools) await pool.end();
  await Promise.all([standby.stop(), primary.stop()]);
});

const environmentOf = (server: TemporaryPostgres): NodeJS.ProcessEnv => ({
  ...process.env,
  ...settingsOf(server),
  SERVICE_DB_PASSWORD: 'service',
  RELAY_DB_USER: 'relay',
  RELAY_DB_PASSWORD: 'relay',
  AUDIT_DB_USER: 'auditor',
  AUDIT_DB_PASSWORD: 'auditor',
  AUTH_MODE: 'none',
  KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1',
});

/** As the keeper asks. */
function asKeeper(server: TemporaryPostgres) {
  const pool = createPool(readRelayKeeperConfig(environmentOf(server)).database, keeperSession);
  pools.push(pool);
  return sqlOn(pool);
}

const set = async (setting: string): Promise<void> => {
  await query(primary, `ALTER SYSTEM SET ${setting}`);
  await query(primary, 'SELECT pg_reload_conf()');
};

test('a standby at the address is seen as that, without a word about a slot that is missing', async () => {
  expect(await findHistory(asKeeper(standby))).toBe('standby');
  expect(await findHistory(asKeeper(primary))).toMatchObject({ present: { timeline: 1 } });
});

test('what is missing for a failover is told, and the standby for which the relay waits', async () => {
  const sql = asKeeper(primary);
  const seen = async () => ({ ok: true, value: await findStandbys(sql) }) as const;
  expect(missingForFailover(await seen())).toBeNull();

  await set(`synchronous_standby_names = 'standby_1'`);
  await until(async () => {
    expect(missingForFailover(await seen())).toEqual([
      'no standby keeps the slot: it was made without failover',
      'the relay waits for no standby: synchronized_standby_slots is empty',
    ]);
  }, 60_000);

  await query(
    primary,
    `SELECT pg_create_logical_replication_slot('relay', 'pgoutput', false, false, true)`,
  );
  await set(`synchronized_standby_slots = 'standby_1'`);
  await until(async () => expect(missingForFailover(await seen())).toEqual([]), 60_000);

  await standby.kill();
  await until(async () => {
    expect(await findStandbys(sql)).toMatchObject({ away: ['standby_1'] });
  }, 60_000);
  expect(missingForFailover(await seen())).toEqual([
    'the standby of the slot standby_1 does not stream',
  ]);
});
