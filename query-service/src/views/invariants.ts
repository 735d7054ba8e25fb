import { isSaleSql } from 'contracts/aggregates';
import { statusName } from '../store/order-status';
import { isId, type Measure, sqlName, type Table } from '../store/table';
import type { View } from './view';

/**
 * Selects what is wrong in a file, one text per row; a sound file has none, whatever was applied. The views have the
 * same sums by different keys, and two of them are hardly wrong in the same way by accident.
 *
 * An order's items are not stored here, so only `npm run reconcile` can tell whether the sums are right.
 */
export function invariantsOf(views: readonly View[]): string[] {
  const tables = views.flatMap((view) => view.tables);
  return [
    ...tables.flatMap(goneRows),
    ...tables.flatMap((table, index) => agreements(table, tables.slice(0, index))),
    ...views.flatMap((view) => view.invariants ?? []),
  ];
}

/** A row whose `goneAt0` is not above 0 should have been deleted. */
function goneRows({ goneAt0, ...table }: Table): string[] {
  if (goneAt0 === undefined) return [];
  const key = Object.keys(table.key).map((column) => `' ${column} ' || ${column}`);
  return [
    `SELECT '${table.name}' || ${key.join(' || ')} || ': ' || ${goneAt0} || ' ${goneAt0}'
     FROM ${sqlName(table)} WHERE ${goneAt0} <= 0`,
  ];
}

/** Each sum of a table must equal that of the orders, and that of the first table before it with the same id. */
function agreements(table: Table, before: readonly Table[]): string[] {
  return Object.entries(table.adds).flatMap(([column, measure]) => {
    const kept = { table, column };
    const others = before.flatMap((other) => {
      const same = Object.entries(other.adds).find(([, of]) => of === measure);
      return same === undefined ? [] : [{ table: other, column: same[0] }];
    });
    const byId = others.find((other) => idsOfBoth(kept, other).length > 0);
    const [first] = others;
    const agreement =
      byId !== undefined
        ? [sameById(kept, byId)]
        : first !== undefined
          ? [sameInAll(kept, first)]
          : [];
    return [...agreement, ...ofTheOrders(kept, measure)];
  });
}

interface Sum {
  readonly table: Table;
  readonly column: string;
}

const idsOfBoth = (a: Sum, b: Sum): string[] =>
  Object.entries(a.table.key).flatMap(([column, type]) =>
    isId(type) && b.table.key[column] === type ? [column] : [],
  );

/** Compares in one pass over both tables, because SQLite would join the sums of two tables as a nested loop. */
function sameById(kept: Sum, other: Sum): string {
  const ids = idsOfBoth(kept, other).join(', ');
  const named = idsOfBoth(kept, other).map((id) => `'${id.replace(/_id$/, '')} ' || ${id}`);
  return `
    SELECT ${named.join(` || ' ' || `)} || ': ' || sum(kept) || ' ${nameOf(kept)}, ' ||
      sum(other) || ' ${nameOf(other)}'
    FROM (
      SELECT ${ids}, ${kept.column} AS kept, 0 AS other FROM ${sqlName(kept.table)}
      UNION ALL SELECT ${ids}, 0, ${other.column} FROM ${sqlName(other.table)}
    ) AS both_kept
    GROUP BY ${ids} HAVING sum(kept) <> sum(other)`;
}

/** A prime, so that no power of ten by which an amount may be wrong is a multiple of it. */
const divisor = 2_147_483_647;

/** Compares the sums modulo the divisor, because the sum of all rows may exceed 64 bits. */
function sameInAll(kept: Sum, other: Sum): string {
  const rest = ({ table, column }: Sum): string =>
    `(SELECT coalesce(sum(${column} % ${divisor}), 0) % ${divisor} AS rest FROM ${sqlName(table)})`;
  return `
    SELECT 'together: ' || kept.rest || ' ${nameOf(kept)}, ' || other.rest || ' ${nameOf(other)}' ||
      ', of each what is left after division by ${divisor}'
    FROM ${rest(kept)} AS kept, ${rest(other)} AS other
    WHERE kept.rest <> other.rest`;
}

/** A table that counts orders must count as many as there are in `order_state`. */
function ofTheOrders({ table, column }: Sum, measure: Measure): string[] {
  const counted = { orders: 'true', 'orders sold': isSaleSql(statusName) }[measure as string];
  if (counted === undefined) return [];
  return [
    `SELECT 'together: ' || kept.orders || ' ${nameOf({ table, column })}, ' || applied.orders || ' orders are applied'
     FROM (SELECT coalesce(sum(${column}), 0) AS orders FROM ${sqlName(table)}) AS kept,
       (SELECT count(*) AS orders FROM order_state WHERE ${counted}) AS applied
     WHERE kept.orders <> applied.orders`,
  ];
}

const nameOf = ({ table, column }: Sum): string => `${column} in ${table.name}`;
