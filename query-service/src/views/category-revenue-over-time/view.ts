import { awaitedProducts } from '../awaited-products';
import type { View } from '../view';

/**
 * What a category sold in each hour: the hourly sales of the products that are in it now. It keeps nothing
 * of its own, so a product that moves takes its past along for no cost
 * (docs/decisions/0048-which-questions-keep-tables.md).
 */
export const categoryRevenueOverTime: View = {
  name: 'category-revenue-over-time',
  reads: ['hourly-sales', 'category-revenue'],
  readableSince: 3,
  tables: [],
  rows: () => [],
  awaitedProducts,
};
