import { categoryRevenue, productRevenue } from './category-revenue';
import { customerTotals } from './customer-totals';
import { hourlySales } from './hourly-sales';
import type { Oracle } from './oracle';
import { ordersByStatus } from './orders-by-status';
import { productSales } from './product-sales';
import { productName } from './top-products';

/** The oracles: one for each table of the views. */
export const oracles: readonly Oracle[] = [
  productSales,
  productRevenue,
  categoryRevenue,
  hourlySales,
  productName,
  ordersByStatus,
  customerTotals,
];
