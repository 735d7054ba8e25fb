import type { Operations } from 'service-kit/openapi/operation';
import {
  categoryInPath,
  nextPage,
  pagedPeriod,
  periodRefusal,
  schemas,
  viewOperation,
} from '../description';
import { defaultLimit, maxLimit } from './routes';

/** What `categoryRevenueOverTimeRoutes` takes and answers. */
export const categoryRevenueOverTimeOperations: Operations = {
  'GET /api/analytics/categories/{category}/revenue-over-time': viewOperation({
    operationId: 'getCategoryRevenueOverTime',
    summary: 'What a category sold in each hour of a period',
    description:
      'Of the products that are in the category now. The windows whose start lies in [start, end), ascending. A ' +
      'page may have fewer than `limit` windows, or none, although more follow: only its `Link` tells.',
    parameters: [
      categoryInPath,
      ...pagedPeriod({ byDefault: defaultLimit, max: maxLimit }, '^-?[0-9]{1,10}$'),
    ],
    answer: 'The windows with sales.',
    schema: {
      type: 'array',
      maxItems: maxLimit,
      items: {
        title: 'CategoryWindow',
        type: 'object',
        additionalProperties: false,
        required: ['windowStart', 'windowEnd', 'totalRevenue'],
        properties: {
          windowStart: schemas.instant,
          windowEnd: schemas.instant,
          totalRevenue: schemas.total,
        },
      },
    },
    refusals: { 404: 'No product is in such a category.', ...periodRefusal },
    headers: nextPage,
  }),
};
