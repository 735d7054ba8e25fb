import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Makes what is in sql/schema.sql. It has the name of the last of the migrations that made the same step by step, before there was a
 * release: a database that has run them has nothing to do.
 */
export class BoundWhatIsStored1796150000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const [found] = (await runner.query(
      `SELECT to_regclass('outbox') IS NOT NULL AS "isOlder"`,
    )) as { isOlder: boolean }[];
    if (found?.isOlder === true) {
      throw new Error(
        'this database is older than the first migration here: bring it on by the last commit that has ' +
          'command-service/src/migrations/1772150400000-create-tables.ts, then by this one',
      );
    }
    await runner.query(readFileSync(join(__dirname, '..', '..', 'sql', 'schema.sql'), 'utf8'));
  }

  down(): Promise<void> {
    return Promise.reject(new Error('nothing is before the first migration: drop the database'));
  }
}
