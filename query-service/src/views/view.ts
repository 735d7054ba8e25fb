import type { Reader, Select } from '../store/sql';
import type { KeptView } from '../store/table';
import type { Route } from './route';

/**
 * One materialized view: its tables, and how a batch changes them. Everything else follows from that. A change of its
 * tables, or of the meaning of its rows, needs a higher `projectionVersion` in `views.ts`. A new view is a folder here
 * and a line in `views.ts`: `npx outbox new view`.
 */
export interface View extends KeptView {
  readonly name: string;
  /** The other views whose tables its routes read. */
  readonly reads?: readonly string[];
  /**
   * The lowest projection version whose files these routes can read with the same meaning. While a new version is being
   * filled, the old file goes on answering for such views; the others answer 503. Set it to the new version when the
   * tables or the meaning of this view change, or those of a view that it reads; otherwise leave it.
   */
  readonly readableSince: number;
  /** SELECTs that find what is wrong in a file, one text per row, beyond what follows from the tables' measures. */
  readonly invariants?: readonly string[];
  /**
   * For a view that groups sales by a property of the product, such as its category: a SELECT of some products
   * (`product_id`) that were sold before their own events came. Without it, the view shows an order whole as soon as
   * the order's event is applied.
   */
  readonly awaitedProducts?: Select;
}

/** A view with its routes. */
export interface AskedView extends View {
  routes(reader: Reader): readonly Route[];
}

/** The contents of a database file: these views, at this version. */
export interface Definition {
  readonly views: readonly AskedView[];
  /** The file has it as `user_version`. */
  readonly version: number;
  /** SELECTs that find what is wrong in a file, one text per row. */
  readonly invariants: readonly string[];
}
