import { objectOf } from 'service-kit/openapi/operation';
import { notFound, pathId } from 'service-kit/path-id';
import { idInPath, schemas } from '../description';
import { lookup } from '../lookup';
import type { Route } from '../route';
import { presentTotal } from '../totals';
import type { Reader } from '../../store/sql';
import { customers } from './view';

export function customerTotalsRoutes(reader: Reader): Route[] {
  const totalsOf = lookup(reader, customers);
  return [
    {
      path: '/api/analytics/customers/{id}/totals',
      operationId: 'getCustomerTotals',
      summary: 'What a customer ordered, and for how much',
      parameters: [idInPath('id')],
      answer: 'Both without cancelled orders; 0 when all of the orders are cancelled.',
      schema: {
        title: 'CustomerTotals',
        ...objectOf({ customerId: schemas.id, orders: schemas.count, totalSpent: schemas.total }),
      },
      refusals: { 404: 'Nobody has read of an order by such a customer.' },
      respond: async (ctx) => {
        const customerId = pathId('customer', ctx.params.id);
        const row = await totalsOf(customerId);
        if (row === undefined) throw notFound('customer', customerId);
        const spent = presentTotal(row.total_cents);
        return `{"customerId":${customerId},"orders":${row.orders},"totalSpent":${spent}}`;
      },
    },
  ];
}
