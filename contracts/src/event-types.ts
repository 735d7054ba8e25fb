// Generated from schemas/ by generate-types.mjs. Do not edit.

/**
 * An order was placed. The payload is its full state.
 */
export interface OrderCreatedV1 {
  orderId: number;
  customerId: number;
  status: 'CREATED';
  /**
   * @minItems 1
   * @maxItems 500
   */
  items: OrderItemV1[];
  /**
   * When the sale happened: its UTC hour is the window that it counts in
   */
  placedAt: string;
  /**
   * When this version of the order was written
   */
  occurredAt: string;
}
export interface OrderItemV1 {
  productId: number;
  quantity: number;
  /**
   * Money as a decimal text with two digits after the point
   */
  price: string;
}

/**
 * An order changed its status. The payload is its full state, items included.
 */
export interface OrderStatusUpdatedV1 {
  orderId: number;
  customerId: number;
  status: 'CREATED' | 'SHIPPED' | 'DELIVERED' | 'CANCELLED';
  /**
   * @minItems 1
   * @maxItems 500
   */
  items: OrderItemV1[];
  /**
   * When the sale happened: its UTC hour is the window that it counts in
   */
  placedAt: string;
  /**
   * When this version of the order was written
   */
  occurredAt: string;
}

/**
 * A product exists. The payload is its full state.
 */
export interface ProductCreatedV1 {
  productId: number;
  name: string;
  category: string;
  /**
   * Money as a decimal text with two digits after the point
   */
  price: string;
  /**
   * ISO-8601, UTC, milliseconds
   */
  occurredAt: string;
}

/**
 * Every event committed before this instant stands earlier in the log.
 */
export interface WatermarkV1 {
  /**
   * The database clock at the insert
   */
  watermark: string;
}

/**
 * The payload that the code of this version writes and reads, by event type: that of its newest schema.
 */
export interface EventPayloads {
  OrderCreated: OrderCreatedV1;
  OrderStatusUpdated: OrderStatusUpdatedV1;
  ProductCreated: ProductCreatedV1;
  Watermark: WatermarkV1;
}

/**
 * The schema version that is written today. Older ones are upcast on reading.
 */
export const currentVersion: Record<keyof EventPayloads, number> = {
  OrderCreated: 1,
  OrderStatusUpdated: 1,
  ProductCreated: 1,
  Watermark: 1,
};
