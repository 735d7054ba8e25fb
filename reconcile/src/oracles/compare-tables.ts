import { formatDecimal } from 'contracts/money';
import type { SnapshotTable } from 'contracts/snapshot';
import { CannotCompare } from '../cannot-compare';
import type { Finding, Findings } from '../finding';
import { mergeJoin } from '../snapshots/merge-join';
import type { PostgresSnapshot } from '../snapshots/postgres-snapshot';
import type { QuerySnapshot } from '../snapshots/query-snapshot';
import { byKey, type Row } from '../snapshots/row';
import type { Otherwise } from '../versions/compare-versions';
import { asKnown, noTexts, parametersOf } from './as-known';
import { money, type Oracle, type Say } from './oracle';
import { oracles } from './oracles';

/**
 * Compares all tables of the views with what their oracles say.
 *
 * @param otherwise the aggregates that the query service has at another version than PostgreSQL: its views must match
 * @throws {CannotCompare} when the views keep other tables than there are oracles
 */
export async function compareTables(
  snapshot: QuerySnapshot,
  postgres: PostgresSnapshot,
  otherwise: Otherwise,
  findings: Findings,
): Promise<void> {
  const texts = noTexts();
  for (const [table, oracle] of withOracles(snapshot)) {
    const { key, columns, inOrder } = shapeOf(oracle, table);
    const told = columns.find(({ name }) => name === oracle.told?.column);
    const mustBe = postgres.pages(`${asKnown} ${oracle.sql}`, parametersOf(otherwise, texts));
    await mergeJoin(mustBe, snapshot.pages(table.name), byKey(key.length), (sum, row) => {
      const found = row && inOrder(row);
      let must: Row | undefined = sum;
      if (must !== undefined && told !== undefined && oracle.told !== undefined) {
        const id = must[0] as number;
        const { of } = oracle.told;
        if (otherwise.rows[of].get(id) === true) {
          // Take the view's text, and judge later tables by it, such as the sums of the categories.
          must = must.with(told.at, found?.[told.at] ?? null);
          texts[of][told.name]?.set(id, must[told.at] ?? null);
        }
      }
      const finding = compareRows(oracle.table, key, columns, must, found);
      if (finding !== null) findings.add(finding);
    });
  }
}

/** A column and its place in a row of the oracle. */
interface Column {
  readonly name: string;
  readonly say: Say;
  readonly at: number;
}

function shapeOf(oracle: Oracle, table: SnapshotTable) {
  const columns = Object.entries({ ...oracle.key, ...oracle.columns }).map(
    ([name, say], at): Column => ({ name, say, at }),
  );
  const sent = [...table.key, ...table.columns];
  const places = columns.map(({ name }) => sent.indexOf(name));
  return {
    key: columns.slice(0, table.key.length),
    columns: columns.slice(table.key.length),
    inOrder: (row: Row): Row => places.map((place) => row[place] ?? null),
  };
}

/** Compares two rows. @returns null when they are equal */
function compareRows(
  table: string,
  key: readonly Column[],
  columns: readonly Column[],
  must: Row | undefined,
  found: Row | undefined,
): Finding | null {
  const mayLack = must?.[key.length + columns.length] === true;
  if (found === undefined && mayLack) return null;

  const differing = columns.filter(
    ({ at }) => must === undefined || found === undefined || must[at] !== found[at],
  );
  if (differing.length === 0) return null;
  const amount = differing.find(({ say }) => say === money);
  const told = amount === undefined ? differing : [amount];
  const text = (row: Row | undefined, which: readonly Column[]): string =>
    which.map(({ say, at }) => say(row?.[at] ?? null)).join(' ');
  const centsOf = (row: Row | undefined, { at }: Column): bigint => BigInt(row?.[at] ?? 0);
  return {
    key: `${table} ${text(must ?? found, key)}`,
    problem: 'total',
    expected: must === undefined ? 'no row' : text(must, told),
    found: found === undefined ? 'no row' : text(found, told),
    difference:
      amount === undefined ? null : formatDecimal(centsOf(found, amount) - centsOf(must, amount)),
    because: null,
  };
}

/** The tables of the snapshot, each with its oracle. */
function withOracles({ url, header }: QuerySnapshot): [SnapshotTable, Oracle][] {
  const pairs = header.tables.map((table): [SnapshotTable, Oracle | undefined] => [
    table,
    oracles.find((oracle) => fits(oracle, table)),
  ]);
  const unjudged = pairs
    .filter(([, oracle]) => oracle === undefined)
    .map(([table]) => nameOf(table));
  const absent = oracles
    .filter(({ table }) => !header.tables.some(({ name }) => name === table))
    .map(({ table }) => table);
  if (unjudged.length === 0 && absent.length === 0) return pairs as [SnapshotTable, Oracle][];
  throw new CannotCompare(
    [
      `the views at ${url} (version ${header.projectionVersion}) are not those that this program compares`,
      ...(unjudged.length === 0 ? [] : [`it knows nothing of ${unjudged.join(', ')}`]),
      ...(absent.length === 0 ? [] : [`they have no ${absent.join(', ')}`]),
    ].join('; '),
  );
}

const fits = ({ table, key, columns }: Oracle, { name, ...sent }: SnapshotTable): boolean =>
  table === name &&
  Object.keys(key).join() === sent.key.join() &&
  Object.keys(columns).toSorted().join() === sent.columns.toSorted().join();

const nameOf = ({ name, key, columns }: SnapshotTable): string =>
  `${name} (${[...key, ...columns].join(', ')})`;
