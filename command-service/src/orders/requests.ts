import { orderStatuses } from 'contracts/aggregates';
import type { OrderStatus } from 'contracts/events';
import { fields, requestReader } from '../http/validation';

export const path = '/api/orders';

/** Body of `POST /api/orders`. */
export interface CreateOrder {
  readonly customerId: number;
  readonly items: readonly { productId: number; quantity: number; price: number }[];
  /** For imported orders. Without it, the order is placed now. */
  readonly placedAt?: string;
}

export const orderItem = {
  type: 'object',
  additionalProperties: false,
  required: ['productId', 'quantity', 'price'],
  properties: {
    productId: fields.id,
    quantity: { type: 'integer', minimum: 1, maximum: 10_000 },
    price: fields.price,
  },
} as const;

export const createOrder = {
  type: 'object',
  additionalProperties: false,
  required: ['customerId', 'items'],
  properties: {
    customerId: fields.id,
    items: { type: 'array', minItems: 1, maxItems: 500, items: orderItem },
    placedAt: fields.instant,
  },
} as const;

export const readCreateOrder = requestReader<CreateOrder>(createOrder);

/** Body of `PUT /api/orders/:id/status`. */
interface ChangeStatus {
  readonly status: OrderStatus;
}

export const orderStatus = { type: 'string', enum: orderStatuses } as const;

export const changeStatus = {
  type: 'object',
  additionalProperties: false,
  required: ['status'],
  properties: { status: orderStatus },
} as const;

export const readChangeStatus = requestReader<ChangeStatus>(changeStatus);
