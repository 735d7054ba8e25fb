import { objectOf } from 'service-kit/openapi/operation';
import { notFound } from 'service-kit/path-id';
import { categoryInPath, schemas } from '../description';
import { lookup } from '../lookup';
import type { Route } from '../route';
import { presentTotal } from '../totals';
import type { Reader } from '../../store/sql';
import { categories } from './view';

export function categoryRevenueRoutes(reader: Reader): Route[] {
  const revenueOf = lookup(reader, categories);
  return [
    {
      path: '/api/analytics/categories/{category}/revenue',
      operationId: 'getCategoryRevenue',
      summary: 'What a category sold',
      parameters: [categoryInPath],
      answer: 'Its revenue; 0 when none of its products was sold.',
      schema: {
        title: 'CategoryRevenue',
        ...objectOf({ category: { type: 'string' }, totalRevenue: schemas.total }),
      },
      refusals: { 404: 'No product is in such a category.' },
      respond: async (ctx) => {
        const category = ctx.params.category ?? '';
        const row = await revenueOf(category);
        if (row === undefined) throw notFound('category', category);
        const revenue = presentTotal(row.total_cents);
        return `{"category":${JSON.stringify(category)},"totalRevenue":${revenue}}`;
      },
    },
  ];
}
