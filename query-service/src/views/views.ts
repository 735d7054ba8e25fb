import { categoryRevenueOverTime } from './category-revenue-over-time/view';
import { categoryRevenue } from './category-revenue/view';
import { customerTotals } from './customer-totals/view';
import { hourlySales } from './hourly-sales/view';
import { ordersByStatus } from './orders-by-status/view';
import { productSales } from './product-sales/view';
import { topProducts } from './top-products/view';
import { invariants } from './invariants';
import type { Definition, View } from './view';

/** Every view, in the order in which a batch is written. */
export const views: readonly View[] = [
  productSales,
  categoryRevenue,
  hourlySales,
  topProducts,
  categoryRevenueOverTime,
  ordersByStatus,
  customerTotals,
];

/**
 * Stands in the database file as `user_version`. Raise it when a view is added or its tables or
 * meaning change, and that view's `readableSince` with it: the next start then fills a new file from the
 * beginning of the topics, while the one before goes on answering for the other views.
 */
export const projectionVersion = 4;

/** What this program keeps. */
export const definition: Definition = { views, version: projectionVersion, invariants };
