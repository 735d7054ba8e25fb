import { fields, requestReader } from '../http/validation';
import { type OrderStatus, orderStatuses } from './decide';

/** Body of `POST /api/orders`. */
export interface CreateOrder {
  readonly customerId: number;
  readonly items: readonly { productId: number; quantity: number; price: number }[];
  /** For imported orders. Without it, the order is placed now. */
  readonly placedAt?: string;
}

export const readCreateOrder = requestReader<CreateOrder>({
  type: 'object',
  additionalProperties: false,
  required: ['customerId', 'items'],
  properties: {
    customerId: fields.id,
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 500,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['productId', 'quantity', 'price'],
        properties: {
          productId: fields.id,
          quantity: { type: 'integer', minimum: 1, maximum: 10_000 },
          price: fields.price,
        },
      },
    },
    placedAt: fields.instant,
  },
});

/** Body of `PUT /api/orders/:id/status`. */
export interface ChangeStatus {
  readonly status: OrderStatus;
}

export const readChangeStatus = requestReader<ChangeStatus>({
  type: 'object',
  additionalProperties: false,
  required: ['status'],
  properties: { status: { type: 'string', enum: orderStatuses } },
});
