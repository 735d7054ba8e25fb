import type { Reader, Select } from '../store/sql';
import type { KeptView } from '../store/table';
import type { Route } from './route';

/**
 * One materialized view: its tables, and how a batch changes them. All else that it takes to keep one follows.
 * A change of its tables, or of what its rows mean, needs a higher `projectionVersion` in `views.ts`.
 * A new one is a folder here and a line in `views.ts`: `npx outbox new view`.
 */
export interface View extends KeptView {
  readonly name: string;
  /** Views whose tables its routes read besides its own: what they ask is kept there already. */
  readonly reads?: readonly string[];
  /**
   * The lowest projection version whose files these routes can read, with the same meaning. While a new
   * version is being filled, the file before goes on answering for such views; the others say 503. When a
   * view's tables or meaning change, or those of a view that it reads, it is the new version; when another
   * view's do, it stays.
   */
  readonly readableSince: number;
  /** SELECTs that find what cannot be in a sound file, one text each: besides what the measures of the tables say. */
  readonly invariants?: readonly string[];
  /**
   * For a view that groups sales by a property of the product, such as its category: a SELECT of some products
   * (`product_id`) that were sold before their own events came. Without it, the view shows an order whole as soon as
   * the order's event is applied.
   */
  readonly awaitedProducts?: Select;
}

/** A view, and what it answers. */
export interface AskedView extends View {
  routes(reader: Reader): readonly Route[];
}

/** What a database file holds: these views, at this version of them. */
export interface Definition {
  readonly views: readonly AskedView[];
  /** Stands in the file as `user_version`. */
  readonly version: number;
  /** SELECTs that find what cannot be in a sound file: one text each. */
  readonly invariants: readonly string[];
}
