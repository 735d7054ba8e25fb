import { aggregates } from 'contracts/aggregates';
import type { IdRange } from 'contracts/snapshot';
import { query } from 'local/query';
import { startTemporaryPostgres, type TemporaryPostgres } from '../../local/test/support/temporary';
import { firstTurn, nextRanges } from '../src/rotation';
import { PostgresSnapshot } from '../src/snapshots/postgres-snapshot';

const max = Number.MAX_SAFE_INTEGER;
const tables = Object.values(aggregates).map(({ table }) => table);

let postgres: TemporaryPostgres;
beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  for (const table of tables)
    await query(postgres, `CREATE TABLE ${table} (id bigint PRIMARY KEY)`);
});
afterAll(() => postgres.stop());
beforeEach(() => query(postgres, `TRUNCATE ${tables.join(', ')}`));

/** The ranges of orders that so many turns compare. */
async function turns(count: number): Promise<IdRange[][]> {
  const snapshot = await PostgresSnapshot.begin(postgres);
  try {
    let turn = firstTurn;
    const seen: IdRange[][] = [];
    for (let i = 0; i < count; i++) {
      const next = await nextRanges(snapshot, turn);
      seen.push([...next.ranges.orders]);
      expect(next.ranges.products).toEqual([{ from: 1, to: max }]);
      turn = next.turn;
    }
    return seen;
  } finally {
    await snapshot.end();
  }
}

test('every aggregate has its turn, the newest ones in each, and then it begins anew', async () => {
  await query(postgres, 'INSERT INTO orders SELECT generate_series(1, 3500)');
  await query(postgres, 'INSERT INTO products VALUES (1), (2)');
  const newest = { from: 2_501, to: max };
  await expect(turns(5)).resolves.toEqual([
    [{ from: 1, to: 1_000 }, newest],
    [{ from: 1_001, to: 2_000 }, newest],
    [{ from: 2_001, to: max }],
    [newest],
    [{ from: 1, to: 1_000 }, newest],
  ]);
});

test('a gap between the ids, however wide, takes no turn', async () => {
  await query(
    postgres,
    'INSERT INTO orders SELECT generate_series(1, 1500) UNION ALL SELECT 9000000000000000 + generate_series(1, 1500)',
  );
  const newest = { from: 9_000_000_000_000_501, to: max };
  await expect(turns(4)).resolves.toEqual([
    [{ from: 1, to: 1_000 }, newest],
    [{ from: 1_001, to: max }],
    [newest],
    [{ from: 1, to: 1_000 }, newest],
  ]);
});

test('an empty database is compared, too: the query service may know orders of another one', async () => {
  await expect(turns(1)).resolves.toEqual([[{ from: 1, to: max }]]);
});
