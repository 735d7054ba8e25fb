import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';
import { query } from 'local/query';
import { startTemporaryBroker, startTemporaryPostgres } from './support/temporary';

test('a temporary PostgreSQL 17 keeps its data when it is killed and restarted', async () => {
  const postgres = await startTemporaryPostgres();
  const { host, port, database, user, password } = postgres;
  const query = async (sql: string): Promise<unknown[]> => {
    const client = new Client({ host, port, database, user, password });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  try {
    expect(await query('SHOW wal_level')).toEqual([{ wal_level: 'logical' }]);
    expect(
      await query(`SELECT current_setting('server_version_num')::int / 10000 AS major`),
    ).toEqual([{ major: 17 }]);
    await query('CREATE TABLE kept AS SELECT 1 AS n');
    await postgres.kill();
    await expect(query('SELECT 1')).rejects.toThrow();
    await postgres.restart();
    expect(await query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
  } finally {
    await postgres.stop();
  }
  await expect(query('SELECT 1')).rejects.toThrow();
});

test('a role that may replicate logs in to its database only, and not as a standby', async () => {
  const postgres = await startTemporaryPostgres();
  const { host, port, database } = postgres;
  const login = async (target: string, replication?: 'true' | 'database') => {
    const options = { host, port, database: target, user: 'relay', password: 'relay', replication };
    const client = new Client(options);
    await client.connect();
    await client.end();
  };
  try {
    await query(postgres, `CREATE ROLE relay LOGIN REPLICATION PASSWORD 'relay'`);
    await login(database);
    await login(database, 'database');
    const refused = { code: '28000', message: expect.stringContaining('pg_hba.conf') as string };
    await expect(login('postgres')).rejects.toMatchObject(refused);
    await expect(login('template1', 'database')).rejects.toMatchObject(refused);
    await expect(login(database, 'true')).rejects.toMatchObject(refused);
  } finally {
    await postgres.stop();
  }
});

test('a temporary broker creates no topic by itself', async () => {
  const broker = await startTemporaryBroker();
  const kafka = new Kafka({
    brokers: [broker.bootstrapServers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  const producer = kafka.producer({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await producer.connect();
    await expect(producer.send({ topic: 'absent', messages: [{ value: 'x' }] })).rejects.toThrow();
    expect(await admin.listTopics()).toEqual([]);
  } finally {
    await producer.disconnect();
    await admin.disconnect();
    await broker.stop();
  }
});
