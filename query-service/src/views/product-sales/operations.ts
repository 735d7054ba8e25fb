import type { Operations } from 'service-kit/openapi/operation';
import { idInPath, schemas, viewOperation } from '../description';

/** What `productSalesRoutes` takes and answers. */
export const productSalesOperations: Operations = {
  'GET /api/analytics/products/{id}/sales': viewOperation({
    operationId: 'getProductSales',
    summary: 'What a product sold',
    parameters: [idInPath('id')],
    answer: 'Its sales; 0 when it is known and was not sold.',
    schema: {
      title: 'ProductSales',
      type: 'object',
      additionalProperties: false,
      required: ['productId', 'totalSales'],
      properties: { productId: schemas.id, totalSales: schemas.total },
    },
    refusals: { 404: 'There is no such product.' },
  }),
};
