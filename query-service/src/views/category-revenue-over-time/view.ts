import { awaitedProducts } from '../awaited-products';
import type { View } from '../view';

/**
 * The sales of a category in each hour: the hourly sales of the products that are in it now. It has no table, so a
 * product that moves takes its past along at no cost (docs/decisions/0086-a-view-is-one-declaration.md).
 */
export const categoryRevenueOverTime: View = {
  name: 'category-revenue-over-time',
  reads: ['hourly-sales', 'category-revenue'],
  readableSince: 3,
  tables: [],
  rows: () => [],
  awaitedProducts,
};
