import { objectOf } from 'service-kit/openapi/operation';
import { notFound, pathId } from 'service-kit/path-id';
import { idInPath, schemas } from '../description';
import { lookup } from '../lookup';
import type { Route } from '../route';
import { presentTotal } from '../totals';
import type { Reader } from '../../store/sql';
import { products } from './view';

export function productSalesRoutes(reader: Reader): Route[] {
  const salesOf = lookup(reader, products);
  return [
    {
      path: '/api/analytics/products/{id}/sales',
      operationId: 'getProductSales',
      summary: 'What a product sold',
      parameters: [idInPath('id')],
      answer: 'Its sales; 0 when it is known and was not sold.',
      schema: {
        title: 'ProductSales',
        ...objectOf({ productId: schemas.id, totalSales: schemas.total }),
      },
      refusals: { 404: 'There is no such product.' },
      respond: async (ctx) => {
        const productId = pathId('product', ctx.params.id);
        const row = await salesOf(productId);
        if (row === undefined) throw notFound('product', productId);
        return `{"productId":${productId},"totalSales":${presentTotal(row.total_cents)}}`;
      },
    },
  ];
}
