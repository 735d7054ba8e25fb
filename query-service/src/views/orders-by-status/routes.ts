import type { OrderStatus } from 'contracts/events';
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
        type: 'object',
        additionalProperties: false,
        required: ['CREATED', 'SHIPPED', 'DELIVERED', 'CANCELLED'],
        properties: { CREATED: count, SHIPPED: count, DELIVERED: count, CANCELLED: count },
      },
      respond: async () => {
        const counts: Record<OrderStatus, number> = {
          CREATED: 0,
          SHIPPED: 0,
          DELIVERED: 0,
          CANCELLED: 0,
        };
        for (const { status, orders } of await reader.everyRow(statuses)) {
          counts[status as OrderStatus] = orders;
        }
        return JSON.stringify(counts);
      },
    },
  ];
}
