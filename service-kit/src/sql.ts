import { failpoint } from './failpoints';
import { currentSpan, inSpan, SpanKind } from './tracing';

/** One statement of SQL, and its name. */
export interface Statement {
  /**
   * What it does, such as `place-orders`: the name under which PostgreSQL prepares it, of its span, and of the
   * failpoint behind it. No two statements share one.
   */
  readonly name: string;
  /** A constant of the source: what differs from call to call is in `values`. */
  readonly text: string;
  readonly values?: readonly unknown[];
}

/**
 * Runs a statement.
 *
 * @returns its rows; the caller states their shape
 */
export type Sql = <Row>(statement: Statement) => Promise<Row[]>;

/** A connection of node-postgres, or a pool, which takes one for each statement. */
interface Connection {
  query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
}

const attributes = { 'db.system.name': 'postgresql' };

/**
 * The one door to PostgreSQL: each statement is prepared once on each connection, has a span where it is part of a
 * trace, and a failpoint behind it, at which the crash matrix kills the process (tests/crash-matrix/).
 *
 * @param meaningOf what is thrown for an error of the driver
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
    // What a loop does by itself is no part of a trace: it would be one of its own, every second.
    const rows =
      currentSpan() === undefined
        ? await run(statement)
        : await inSpan(name, SpanKind.CLIENT, attributes, () => run(statement));
    const armed = failpoint(name);
    if (armed !== undefined) await armed;
    return rows as Row[];
  };
}
