import type { OrderStatus } from 'contracts/events';

/**
 * How `order_state` keeps a status: by its place here. SQLite stores 0 and 1 in no byte at all, so the
 * two that most orders are in stand first. To change their places needs a higher `projectionVersion`.
 */
const statuses: readonly OrderStatus[] = ['CREATED', 'DELIVERED', 'SHIPPED', 'CANCELLED'];

export const codeOf = (status: OrderStatus): number => statuses.indexOf(status);

/** @throws {RangeError} of a code that no file of this projection version has */
export function statusOf(code: number): OrderStatus {
  const status = statuses[code];
  if (status === undefined) throw new RangeError(`no order status has the code ${code}`);
  return status;
}

/** SQL that reads a status as its name. */
export const statusName = `json('${JSON.stringify(statuses)}') ->> status`;
