import type Router from '@koa/router';
import type { Operations } from 'service-kit/openapi/operation';
import type { Changes } from '../apply/changes';
import type { Parameter } from '../store/connection';

/** A write over a whole batch: each `?` stands for the rows as JSON, read by `jsonb_each(?)`. No rows, no write. */
export interface Statement {
  readonly sql: string;
  readonly rows: readonly unknown[];
  /** Names the total that a row adds to, for the operator when it would not stay exact. */
  readonly totalOf?: (index: number) => string;
}

/** Reads from the serving database, on connections of their own. */
export interface Reader {
  all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]>;
}

/**
 * One materialized view: its tables, how a batch changes them, how it is asked.
 * A new one is a folder here and a line in `views.ts`.
 */
export interface View {
  readonly name: string;
  /** Views whose tables its routes read besides its own: what they ask is kept there already. */
  readonly reads?: readonly string[];
  /** CREATE statements. A change here needs a higher `projectionVersion` in `views.ts`. */
  readonly schema: string;
  /**
   * The lowest projection version whose files these routes can read, with the same meaning. While a new
   * version is being filled, the file before goes on answering for such views; the others say 503. When a
   * view's tables or meaning change, or those of a view that it reads, it is the new version; when another
   * view's do, it stays.
   */
  readonly readableSince: number;
  /** What a batch writes, in order. Pure: the batch's transaction runs it. */
  writes(changes: Changes): Statement[];
  /**
   * Of a view that shows a sale by what its product is: a SELECT of products (`product_id`, a few of them)
   * that were sold and whose own events have not come. Without it, the view shows an order whole as soon as
   * the order's event is applied.
   */
  readonly awaitedProducts?: string;
  routes(reader: Reader): Router;
  /** What each of the routes takes and answers: a route without its description does not start. */
  readonly operations: Operations;
}

/** What a database file holds: these views, at this version of them. */
export interface Definition {
  readonly views: readonly View[];
  /** Stands in the file as `user_version`. */
  readonly version: number;
  /** SELECTs that find what cannot be in a sound file: one text each. */
  readonly invariants: readonly string[];
}
