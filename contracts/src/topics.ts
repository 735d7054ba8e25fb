/** What an event is about. The outbox's `aggregatetype`, and the choice of topic. */
export type AggregateType = 'product' | 'order';

/**
 * The topic names when the environment does not say otherwise
 * (PRODUCT_TOPIC, ORDER_TOPIC, WATERMARK_TOPIC).
 */
export const defaultTopics = {
  product: 'product-events',
  order: 'order-events',
  watermark: 'watermarks',
} as const;
