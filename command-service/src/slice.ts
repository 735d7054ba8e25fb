import type Router from '@koa/router';
import type { Operations } from 'service-kit/openapi/operation';
import type { Sql } from 'service-kit/sql';
import type { Database } from './database';
import type { NewEvent } from './outbox/append-event';

/** What a role may do with one table. */
export interface Rights {
  readonly table: readonly ('SELECT' | 'INSERT' | 'UPDATE' | 'DELETE')[];
  /** Columns that it may set in new rows; the others get their defaults. */
  readonly inserts?: readonly string[];
  /** Columns that it may change; SELECT … FOR UPDATE needs this right, too. */
  readonly changes?: readonly string[];
}

/** What the rest of the service needs of one kind of aggregate. */
export interface Slice {
  /** The name of its routes in the API's description. */
  readonly name: string;
  /** @param keysLiveMs how long the answer to an Idempotency-Key is kept */
  routes(this: void, database: Database, topic: string, keysLiveMs: number): Router;
  readonly operations: Operations;
  /** What the service's role may do with its tables, by table. */
  readonly rights: Readonly<Record<string, Rights>>;
  /**
   * The event of the aggregate's present version, which does not change until the transaction ends; undefined: there is
   * no such aggregate.
   */
  lockNewestEvent(this: void, sql: Sql, id: number): Promise<NewEvent | undefined>;
  /**
   * Raises the version of an aggregate that SQL has changed without an event.
   *
   * @returns the events that tell of it as it is now, in the order in which they are to be written
   */
  eventsAsIs(this: void, sql: Sql, id: number): Promise<NewEvent[]>;
}
