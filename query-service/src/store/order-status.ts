import type { OrderStatus } from 'contracts/events';

/**
 * `order_state` stores a status as its index here. SQLite stores 0 and 1 without a byte, so the two most frequent
 * statuses come first. Changing the order needs a higher `projectionVersion`.
 */
const statuses: readonly OrderStatus[] = ['CREATED', 'DELIVERED', 'SHIPPED', 'CANCELLED'];

export const codeOf = (status: OrderStatus): number => statuses.indexOf(status);

/** @throws {RangeError} of a code that no file of this projection version has */
export function statusOf(code: number): OrderStatus {
  const status = statuses[code];
  if (status === undefined) throw new RangeError(`no order status has the code ${code}`);
  return status;
}

/** SQL that turns a stored status into its name. */
export const statusName = `json('${JSON.stringify(statuses)}') ->> status`;
