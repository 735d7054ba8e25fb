import { categoryRevenueOverTimeRoutes } from './category-revenue-over-time/routes';
import { categoryRevenueOverTime } from './category-revenue-over-time/view';
import { categoryRevenueRoutes } from './category-revenue/routes';
import { categoryRevenue } from './category-revenue/view';
import { customerTotalsRoutes } from './customer-totals/routes';
import { customerTotals } from './customer-totals/view';
import { hourlySalesRoutes } from './hourly-sales/routes';
import { hourlySales } from './hourly-sales/view';
import { invariantsOf } from './invariants';
import { ordersByStatusRoutes } from './orders-by-status/routes';
import { ordersByStatus } from './orders-by-status/view';
import { productSalesRoutes } from './product-sales/routes';
import { productSales } from './product-sales/view';
import { topProductsRoutes } from './top-products/routes';
import { topProducts } from './top-products/view';
import type { AskedView, Definition } from './view';

/** Every view, in the order in which a batch is written. */
export const views: readonly AskedView[] = [
  { ...productSales, routes: productSalesRoutes },
  { ...categoryRevenue, routes: categoryRevenueRoutes },
  { ...hourlySales, routes: hourlySalesRoutes },
  { ...topProducts, routes: topProductsRoutes },
  { ...categoryRevenueOverTime, routes: categoryRevenueOverTimeRoutes },
  { ...ordersByStatus, routes: ordersByStatusRoutes },
  { ...customerTotals, routes: customerTotalsRoutes },
];

/**
 * The database file has it as `user_version`. Raise it when a view is added or its tables or meaning change, and that
 * view's `readableSince` with it: the next start then fills a new file from the beginning of the topics, while the old
 * one goes on answering for the other views.
 */
export const projectionVersion = 6;

/** The views of this program. */
export const definition: Definition = {
  views,
  version: projectionVersion,
  invariants: invariantsOf(views),
};
