import {
  aggregates,
  eachRow,
  isSaleSql,
  type RowType,
  rowTypes,
  textMembers,
} from 'contracts/aggregates';
import type { Value } from '../snapshots/row';
import { hourOf } from '../versions/content-sql';
import type { Otherwise } from '../versions/compare-versions';

/**
 * The `WITH` of a query that gives PostgreSQL's entities at the versions that the query service knows. An order's items
 * never change, so at each version the order adds all of its items or nothing.
 *
 * - `known_orders`: in the status that the query service has; NULL where it does not know the order
 * - `known_products`, and each other kind whose state is one row: with the texts that it has, as far as the views say them; NULL and
 *   not `is_known` where it does not know the aggregate
 * - `sales`: the lines of the orders that count
 *
 * `parametersOf` makes its parameters. They are arrays, because PostgreSQL plans by their length.
 */
export const asKnown = `
WITH known_orders AS (
  SELECT orders.id, customer_id, ${hourOf('placed_at')} AS hour,
         CASE WHEN otherwise.id IS NULL THEN orders.status ELSE otherwise.status END AS status
  FROM orders LEFT JOIN unnest($1::bigint[], $2::text[]) AS otherwise (id, status) USING (id)
  OFFSET 0 -- Orders that do not count are left out before their lines are looked at.
), ${rowTypes.map(known).join(', ')}, sales AS (
  SELECT customer_id, hour, product_id, quantity, quantity * price_cents AS cents
  FROM known_orders JOIN order_items ON order_id = known_orders.id
  WHERE ${isSaleSql('status')}
)`;

/** The texts that the views have for aggregates at another version than PostgreSQL's, by kind and column. */
type TextsFromViews = Readonly<Record<RowType, Readonly<Record<string, Map<number, Value>>>>>;

export const noTexts = (): TextsFromViews =>
  eachRow((type) =>
    Object.fromEntries(textMembers(type).map((column) => [column, new Map<number, Value>()])),
  );

export function parametersOf({ orders, rows }: Otherwise, texts: TextsFromViews): unknown[] {
  return [
    [...orders.keys()],
    [...orders.values()],
    ...rowTypes.flatMap((type) => {
      const ids = [...rows[type].keys()];
      const told = textMembers(type).map((column) =>
        ids.map((id) => texts[type][column]?.get(id) ?? null),
      );
      return [ids, [...rows[type].values()], ...told];
    }),
  ];
}

/** Makes `known_products` and its like. The parameters follow those of the orders and of the kinds before. */
function known(type: RowType): string {
  const before = rowTypes.slice(0, rowTypes.indexOf(type));
  const first = 3 + before.reduce((count, one) => count + 2 + textMembers(one).length, 0);
  const { table } = aggregates[type];
  const texts = textMembers(type);
  const columns = [
    'id',
    'coalesce(otherwise.is_known, true) AS is_known',
    ...texts.map(
      (text) =>
        `CASE WHEN otherwise.is_known IS NULL THEN ${table}.${text} ELSE otherwise.${text} END AS ${text}`,
    ),
  ];
  const arrays = ['bigint', 'boolean', ...texts.map(() => 'text')].map(
    (array, i) => `$${first + i}::${array}[]`,
  );
  return `known_${table} AS (
  SELECT ${columns.join(', ')}
  FROM ${table}
  FULL JOIN unnest(${arrays.join(', ')}) AS otherwise (${['id', 'is_known', ...texts].join(', ')}) USING (id)
)`;
}
