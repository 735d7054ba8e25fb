import type { Operations } from 'service-kit/openapi/operation';
import { period, schemas, viewOperation } from '../description';
import { defaultLimit, maxLimit, maxTopProductsRows } from './routes';

/** What `topProductsRoutes` takes and answers. */
export const topProductsOperations: Operations = {
  'GET /api/analytics/top-products': viewOperation({
    operationId: 'getTopProducts',
    summary: 'What sold most in a period',
    description:
      'By amount, then by product. The period is the hourly windows whose start lies in [start, end).',
    parameters: [
      ...period,
      {
        name: 'limit',
        in: 'query',
        description: 'Products at most.',
        schema: { type: 'integer', minimum: 1, maximum: maxLimit, default: defaultLimit },
      },
    ],
    answer: 'The products that sold most.',
    schema: {
      type: 'array',
      maxItems: maxLimit,
      items: {
        title: 'TopProduct',
        type: 'object',
        additionalProperties: false,
        required: ['productId', 'name', 'category', 'units', 'totalSales'],
        properties: {
          productId: schemas.id,
          name: { type: ['string', 'null'], description: 'Null until its event has come.' },
          category: { type: ['string', 'null'], description: 'Null until its event has come.' },
          units: schemas.count,
          totalSales: schemas.total,
        },
      },
    },
    refusals: {
      422: `\`start\` is after \`end\`, or more than ${maxTopProductsRows} hourly sales lie between them.`,
    },
  }),
};
