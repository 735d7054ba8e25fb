import type { DataSource } from 'typeorm';
import type { Topics } from 'contracts/topics';
import { slices } from '../slices';
import { inTransaction, read } from '../transaction';
import type { AggregateName } from './aggregate-name';
import { type Reemitted, requireAll, writeAnew } from './reemit-events';

/**
 * Emits the present state of aggregates that SQL changed without an event: each under a new version, in a transaction
 * of its own (docs/decisions/0075-corrections-by-sql.md).
 *
 * @throws {NotFound} naming every unknown aggregate; nothing was written then
 */
export async function* emitAsIs(
  dataSource: DataSource,
  names: readonly AggregateName[],
  topics: Topics,
): AsyncGenerator<Reemitted> {
  // Nothing is ever deleted, so what exists now still exists when it is locked below.
  await read(dataSource, (sql) => requireAll(sql, names));
  for (const name of names) {
    yield* await inTransaction(dataSource, async (sql) => {
      const written: Reemitted[] = [];
      for (const event of await slices[name.type].eventsAsIs(sql, name.id)) {
        written.push(await writeAnew(sql, { name, event, topics, how: 'as-is' }));
      }
      return written;
    });
  }
}
