import type { Operations } from 'service-kit/openapi/operation';
import { nextPage, pagedPeriod, periodRefusal, schemas, viewOperation } from '../description';
import { defaultLimit, maxLimit } from './routes';

/** What `hourlySalesRoutes` takes and answers. */
export const hourlySalesOperations: Operations = {
  'GET /api/analytics/hourly-sales': viewOperation({
    operationId: 'getHourlySales',
    summary: 'What each product sold in each hour of a period',
    description:
      'An order counts in the UTC hour of its `placedAt`. The windows whose start lies in [start, end), by their ' +
      'start, then by product.',
    parameters: [
      {
        name: 'productId',
        in: 'query',
        description: 'Only of this product.',
        schema: schemas.id,
      },
      ...pagedPeriod({ byDefault: defaultLimit, max: maxLimit }, '^-?[0-9]{1,10}:[0-9]{1,16}$'),
    ],
    answer: 'The windows with sales.',
    schema: {
      type: 'array',
      maxItems: maxLimit,
      items: {
        title: 'HourlySales',
        type: 'object',
        additionalProperties: false,
        required: ['windowStart', 'windowEnd', 'productId', 'totalSales'],
        properties: {
          windowStart: schemas.instant,
          windowEnd: schemas.instant,
          productId: schemas.id,
          totalSales: schemas.total,
        },
      },
    },
    refusals: periodRefusal,
    headers: nextPage,
  }),
};
