/** A value that a statement can take. Integers above 2^31-1 would reach SQLite as REAL: send them as JSON or text. */
export type Parameter = string | number | null | Buffer;

/** A write over a whole batch: each `?` stands for the rows as JSON, read by `jsonb_each(?)`. No rows, no write. */
export interface Statement {
  readonly sql: string;
  readonly rows: readonly unknown[];
}

/** Reads from the serving database, on connections of their own. */
export interface Reader {
  all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]>;
}
