import { failpoint } from './failpoints';
import type { Refusals } from './refusals';
import { currentSpan, inSpan, SpanKind } from './tracing';

/** An SQL statement with a name. */
export interface Statement {
  /**
   * Says what it does, such as `place-orders`. PostgreSQL prepares it under this name, and its span and its failpoint
   * have it, too. No two statements share a name.
   */
  readonly name: string;
  /** A constant of the source; what differs from call to call is in `values`. */
  readonly text: string;
  readonly values?: readonly unknown[];
}

/**
 * Runs a statement.
 *
 * @returns its rows; the caller states their shape
 */
export type Sql = <Row>(statement: Statement) => Promise<Row[]>;

/** A connection of node-postgres, or a pool, which uses any connection for each statement. */
interface Connection {
  query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
}

const attributes = { 'db.system.name': 'postgresql' };

/**
 * The one door to PostgreSQL: each statement is prepared once on each connection, has a span where it is part of a
 * trace, and a failpoint behind it, at which the crash matrix kills the process (tests/crash-matrix/).
 *
 * @param meaningOf makes the error to throw from an error of the driver
 */
export function sqlOn(
  connection: Connection,
  meaningOf: (error: unknown) => unknown = (error) => error,
): Sql {
  const run = async ({ name, text, values = [] }: Statement): Promise<unknown[]> => {
    try {
      return (await connection.query({ name, text, values: [...values] })).rows;
    } catch (error) {
      throw meaningOf(error);
    }
  };
  return async <Row>(statement: Statement): Promise<Row[]> => {
    const { name } = statement;
    // Statements of loops get no span: each would be a trace of its own, every second.
    const rows =
      currentSpan() === undefined
        ? await run(statement)
        : await inSpan(name, SpanKind.CLIENT, attributes, () => run(statement));
    const armed = failpoint(name);
    if (armed !== undefined) await armed;
    return rows as Row[];
  };
}

/** The same, which asks a server that refuses the login no more often than `refusals` say. */
export const pausing =
  (sql: Sql, refusals: Refusals): Sql =>
  (statement) =>
    refusals.run(() => sql(statement));
