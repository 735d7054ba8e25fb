import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first answers to requests that carried an Idempotency-Key. */
export class CreateIdempotencyKeys1795471200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        route       text NOT NULL,
        key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
        fingerprint bytea NOT NULL,
        status      int NOT NULL CHECK (status BETWEEN 200 AND 299),
        headers     json NOT NULL,
        body        text NOT NULL,
        expires_at  timestamptz NOT NULL,
        PRIMARY KEY (route, key)
      );
      COMMENT ON TABLE idempotency_keys IS
        'Written in the transaction of the command that was answered. Purged by the service.';
      CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}
