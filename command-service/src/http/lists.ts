import type { JsonSchema, Parameter } from 'service-kit/openapi/operation';

/** How many entities a page has: an order may have 500 items. */
export const pageSizes = { byDefault: 20, max: 100 };

/**
 * How many entities a page looks at: no index serves all filters, so that pages are short, not slow, where few of many are
 * meant. Some 20 ms of orders.
 */
export const mostLookedAt = 10_000;

/** The description of a query parameter that says which entities are meant. */
export const filter = (name: string, description: string, schema: JsonSchema): Parameter => ({
  ...{ name, in: 'query', description, schema },
});
