import { query } from 'local/query';
import { startTemporaryPostgres, type TemporaryPostgres } from '../../local/test/support/temporary';
import { createPool } from 'service-kit/postgres';

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
});
afterAll(() => postgres.stop());

test('a connection that breaks while it is held, between two statements, fails the next one and ends no process', async () => {
  const pool = createPool(postgres, { applicationName: 'held', max: 1, connectTimeoutMs: 5_000 });
  try {
    const held = await pool.connect();
    const broken = new Promise<void>((resolve) => held.once('end', resolve));
    await query(
      postgres,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'held'`,
    );
    await broken;
    await expect(held.query('SELECT 1')).rejects.toThrow();
    held.release();
    await expect(pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
  } finally {
    await pool.end();
  }
});
