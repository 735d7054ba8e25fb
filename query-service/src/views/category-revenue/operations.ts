import type { Operations } from 'service-kit/openapi/operation';
import { categoryInPath, schemas, viewOperation } from '../description';

/** What `categoryRevenueRoutes` takes and answers. */
export const categoryRevenueOperations: Operations = {
  'GET /api/analytics/categories/{category}/revenue': viewOperation({
    operationId: 'getCategoryRevenue',
    summary: 'What a category sold',
    parameters: [categoryInPath],
    answer: 'Its revenue; 0 when none of its products was sold.',
    schema: {
      title: 'CategoryRevenue',
      type: 'object',
      additionalProperties: false,
      required: ['category', 'totalRevenue'],
      properties: { category: { type: 'string' }, totalRevenue: schemas.total },
    },
    refusals: { 404: 'No product is in such a category.' },
  }),
};
