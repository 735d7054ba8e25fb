import { query } from 'local/query';
import {
  migrate,
  settingsOf,
  startTemporaryPostgres,
  type TemporaryPostgres,
} from '../../local/test/support/temporary';
import { sqlOn } from 'service-kit/sql';
import { withClient } from '../src/emit-again';
import { outboxSize } from '../src/purge/outbox-rows';

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  await migrate({
    ...process.env,
    ...settingsOf(postgres),
    SERVICE_DB_USER: 'service',
    SERVICE_DB_PASSWORD: 'service',
  });
});
afterAll(() => postgres.stop());

const size = () => withClient(postgres, (client) => outboxSize(sqlOn(client)));

test('an outbox whose rows PostgreSQL has not counted yet has no number, rather than 0', async () => {
  await query(postgres, 'ALTER TABLE outbox SET (autovacuum_enabled = off)');
  await expect(size()).resolves.toEqual({ rows: 0, oldest: null });
  await query(
    postgres,
    `BEGIN;
     SET LOCAL session_replication_role = replica;
     INSERT INTO outbox (id, aggregatetype, aggregateid, aggregateversion, schemaversion, type, payload, topic, sourceid, occurredat)
     SELECT gen_random_uuid(), 'order', '1', 1, 1, 'OrderCreated', '{}', 'order-events', gen_random_uuid(), now();
     COMMIT;
     SELECT pg_stat_force_next_flush()`,
  );
  await query(postgres, 'SELECT pg_stat_reset()');
  const uncounted = await size();
  expect(uncounted.oldest).not.toBeNull();
  expect(uncounted.rows).toBeNull();
  await query(postgres, 'ANALYZE outbox');
  await expect(size()).resolves.toMatchObject({ rows: 1 });
});
