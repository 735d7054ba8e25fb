import { postgresRefusal } from 'contracts/postgres-refusal';
import type { Client } from 'pg';
import { reason } from 'service-kit/command-errors';
import { createClient, type Login } from 'service-kit/postgres';
import { CannotCompare } from '../cannot-compare';
import { integer, type Row } from './row';

/** How many rows PostgreSQL sends at once. */
const fetchSize = 5_000;

/** PostgreSQL at one instant: a transaction that only reads and sees no later commits. */
export class PostgresSnapshot {
  private cursors = 0;

  private constructor(private readonly client: Client) {}

  /** @throws {CannotCompare} when PostgreSQL does not answer */
  static async begin(database: Login): Promise<PostgresSnapshot> {
    const client = createClient(database, {
      applicationName: 'reconcile',
      connectTimeoutMs: 5_000,
      readOnly: true,
    });
    try {
      await client.connect();
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const postgres = new PostgresSnapshot(client);
      // The first query takes the snapshot. Cursors are read to their end, so PostgreSQL must plan for all rows.
      await postgres.all('SET LOCAL cursor_tuple_fraction = 1');
      await postgres.all('SELECT 1');
      return postgres;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw cannotAsk(error);
    }
  }

  /** Ends the transaction. */
  async end(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }

  /** The source id of this database. */
  async sourceId(): Promise<string | null> {
    const [row] = await this.all<{ id: string }>('SELECT source_id::text AS id FROM source');
    return row?.id ?? null;
  }

  /** @throws {CannotCompare} with what PostgreSQL answered */
  async all<T>(sql: string, values: unknown[] = []): Promise<T[]> {
    return this.answer<T>(() => this.client.query(sql, values));
  }

  /**
   * Reads the rows of a query, some at a time. PostgreSQL prepares the next page while the caller works on one.
   *
   * @throws {CannotCompare} with what PostgreSQL answered
   */
  async *pages(sql: string, values: unknown[] = []): AsyncGenerator<Row[]> {
    const name = `rows_${++this.cursors}`;
    await this.all(`DECLARE ${name} NO SCROLL CURSOR FOR ${sql}`, values);
    const fetch = (): Promise<Row[]> =>
      this.answer(() =>
        this.client.query({
          text: `FETCH ${fetchSize} FROM ${name}`,
          rowMode: 'array',
          types: { getTypeParser: parserOf },
        }),
      );
    let next = fetch();
    for (;;) {
      const rows = await next;
      if (rows.length < fetchSize) {
        yield rows;
        break;
      }
      next = fetch();
      // A caller that stops reading never awaits this promise.
      next.catch(() => undefined);
      yield rows;
    }
    await this.all(`CLOSE ${name}`);
  }

  private async answer<T>(ask: () => Promise<{ rows: unknown[] }>): Promise<T[]> {
    try {
      return (await ask()).rows as T[];
    } catch (error) {
      throw cannotAsk(error);
    }
  }
}

function cannotAsk(error: unknown): CannotCompare {
  const why = reason(error);
  const refusal = postgresRefusal(why, (error as { code?: string }).code);
  return new CannotCompare(
    refusal === null
      ? `PostgreSQL does not answer: ${why}`
      : `PostgreSQL ${refusal.does}: ${why}; ${refusal.cure}`,
  );
}

const integerTypes = new Set([20, 21, 23, 1700]);
const booleanType = 16;

/** Parses integers and booleans; other values stay text. Sums of bigints are `numeric`. */
function parserOf(type: number): (text: string) => Row[number] {
  if (integerTypes.has(type)) return integer;
  return type === booleanType ? (text) => text === 't' : (text) => text;
}
