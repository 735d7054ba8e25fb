import { categoryRevenue } from './category-revenue/view';
import { hourlySales } from './hourly-sales/view';
import { productSales } from './product-sales/view';
import { invariants } from './invariants';
import type { Definition, View } from './view';

/** Every view, in the order in which a batch is written. */
export const views: readonly View[] = [productSales, categoryRevenue, hourlySales];

/**
 * Stands in the database file as `user_version`. Raise it when a view is added or its tables or
 * meaning change, and that view's `readableSince` with it: the next start then fills a new file from the
 * beginning of the topics, while the one before goes on answering for the other views.
 */
export const projectionVersion = 3;

/** What this program keeps. */
export const definition: Definition = { views, version: projectionVersion, invariants };
