import type { Operations } from 'service-kit/openapi/operation';
import { idInPath, schemas, viewAnswers } from '../description';

/** What `productSalesRoutes` takes and answers. */
export const productSalesOperations: Operations = {
  'GET /api/analytics/products/{id}/sales': {
    operationId: 'getProductSales',
    summary: 'What a product sold',
    parameters: [idInPath('id')],
    responses: viewAnswers(
      'Its sales; 0 when it is known and was not sold.',
      {
        title: 'ProductSales',
        type: 'object',
        additionalProperties: false,
        required: ['productId', 'totalSales'],
        properties: { productId: schemas.id, totalSales: schemas.total },
      },
      { 404: 'There is no such product.' },
    ),
  },
};
