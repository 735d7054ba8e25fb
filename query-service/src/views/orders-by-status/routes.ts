import { objectOf } from 'service-kit/openapi/operation';
import { orderStatuses } from 'contracts/aggregates';
import { schemas } from '../description';
import type { Route } from '../route';
import type { Reader } from '../../store/sql';
import { statuses } from './view';

const { count } = schemas;

export function ordersByStatusRoutes(reader: Reader): Route[] {
  return [
    {
      path: '/api/analytics/orders-by-status',
      operationId: 'getOrdersByStatus',
      summary: 'How many orders are in each status',
      answer: 'The numbers of orders.',
      schema: {
        title: 'OrdersByStatus',
        ...objectOf(Object.fromEntries(orderStatuses.map((status) => [status, count]))),
      },
      respond: async () => {
        const rows = await reader.everyRow(statuses);
        const counts = new Map(rows.map(({ status, orders }) => [status, orders]));
        return JSON.stringify(
          Object.fromEntries(orderStatuses.map((status) => [status, counts.get(status) ?? 0])),
        );
      },
    },
  ];
}
