import { query } from 'local/query';
import {
  migrate,
  settingsOf,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import { until } from 'local/until';
import { createPool } from 'service-kit/postgres';
import { sqlOn } from 'service-kit/sql';
import { applySetup } from '../src/apply-setup';
import { readRelayKeeperConfig, readSetupConfig } from '../src/config';
import { keeperSession } from '../src/keeper';
import { writeWatermark } from '../src/watermark';

let postgres: TemporaryPostgres;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  environment = {
    ...process.env,
    ...settingsOf(postgres),
    SERVICE_DB_PASSWORD: 'service',
    RELAY_DB_USER: 'relay',
    RELAY_DB_PASSWORD: 'relay',
    AUDIT_DB_USER: 'auditor',
    AUDIT_DB_PASSWORD: 'auditor',
    AUTH_MODE: 'none',
    KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:1',
  };
  await migrate(environment);
  await applySetup(readSetupConfig(environment));
});
afterAll(() => postgres.stop());

test('watermarks wait for no standby: none piles up while it is away', async () => {
  await query(postgres, `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
  await query(postgres, 'SELECT pg_reload_conf()');
  await until(async () => {
    const rows = await query(postgres, 'SHOW synchronous_standby_names');
    expect(rows).toEqual([{ synchronous_standby_names: 'nobody' }]);
  }, 60_000);
  const pool = createPool(readRelayKeeperConfig(environment).database, keeperSession);
  try {
    const first = await writeWatermark(sqlOn(pool), 'watermarks');
    expect((await writeWatermark(sqlOn(pool), 'watermarks')) > first).toBe(true);
  } finally {
    await pool.end();
  }
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
  expect(await query(postgres, waiting)).toEqual([]);
});
