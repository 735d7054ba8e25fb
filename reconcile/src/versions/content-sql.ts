import { aggregates, type AggregateType, type RowType } from 'contracts/aggregates';

/** The UTC hour of an instant, in whole hours since 1970. */
export const hourOf = (instant: string): string =>
  `floor(date_part('epoch', ${instant}) / 3600)::int`;

/** The numbers of query-service/src/model/content.ts, in SQL of their own. */
const prime = 67_108_859;
const factor = 31_415_927;

/**
 * SQL for the content of an order. `OFFSET 0` makes PostgreSQL compute each inner number once. Summing ints gives a
 * bigint, at half the cost of summing bigints.
 *
 * @param items gives product_id, quantity, price_cents
 */
const orderContent = (customer: string, placedAt: string, items: string): string => `(
  SELECT (
    (head * head) % ${prime} + coalesce((
      SELECT sum((line * line % ${prime})::int) FROM (
        SELECT ((product_id % ${prime} * ${factor} + quantity) % ${prime} * ${factor} + price_cents) % ${prime} AS line
        FROM ${items} OFFSET 0
      ) AS lines
    ), 0)
  ) % ${prime} FROM (
    SELECT ((${customer} % ${prime} * ${factor} + (${hourOf(placedAt)}::bigint % ${prime} + ${prime}) % ${prime})
            % ${prime} + ${prime}) % ${prime} AS head
    OFFSET 0
  ) AS heads
)::bigint`;

/** The content of an aggregate whose state is a row: texts are hashed, money counts in cents. */
const rowContent = (type: RowType, valueOf: (member: string, kind: 'text' | 'money') => string) => {
  const values = Object.entries(aggregates[type].members).map(([member, kind]) =>
    kind === 'text' ? `md5(${valueOf(member, kind)})` : `(${valueOf(member, kind)})::bigint::text`,
  );
  return `('x' || left(md5(${values.join(' || ')}), 12))::bit(48)::bigint`;
};

/** SQL for the content of an aggregate's row. */
export const contentOfRow = (type: AggregateType): string =>
  type === 'order'
    ? orderContent(
        'customer_id',
        'placed_at',
        '(SELECT * FROM order_items WHERE order_id = orders.id) AS item',
      )
    : rowContent(type, (member, kind) => (kind === 'text' ? member : `${member}_cents`));

/** The same for an event in the outbox. */
export const contentOfEvent = (type: AggregateType): string =>
  type === 'order'
    ? orderContent(
        `(payload ->> 'customerId')::bigint`,
        `(payload ->> 'placedAt')::timestamptz`,
        `(SELECT "productId" AS product_id, quantity, (price * 100)::bigint AS price_cents
          FROM json_to_recordset(payload -> 'items')
            AS item ("productId" bigint, quantity bigint, price numeric)) AS item`,
      )
    : rowContent(type, (member, kind) =>
        kind === 'text' ? `payload ->> '${member}'` : `(payload ->> '${member}')::numeric * 100`,
      );
