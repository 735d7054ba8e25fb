import type { DataSource } from 'typeorm';
import { aggregates, type AggregateType, aggregateTypes } from 'contracts/aggregates';
import type { Topics } from 'contracts/topics';
import type { Sql } from 'service-kit/sql';
import { inTransaction, read } from '../transaction';
import type { AggregateName } from './aggregate-name';
import { lockNewestEvent, type Reemitted, writeAnew } from './reemit-events';

/** Aggregates per page. Each page reads the whole outbox once, because it has no index by aggregate. */
const pageSize = 50_000;

/**
 * Writes the newest event of every aggregate whose newest event is no longer in the outbox: a relay that starts again
 * from the outbox would not emit it. Each is written in a transaction of its own. Commands may go on meanwhile: at
 * worst an event is written twice.
 */
export async function* reemitPurged(
  dataSource: DataSource,
  topics: Topics,
): AsyncGenerator<Reemitted> {
  for await (const name of purgedAggregates(dataSource)) {
    yield await inTransaction(dataSource, async (sql) => {
      const event = await lockNewestEvent(sql, name);
      return writeAnew(sql, { name, event, topics, how: 'rebuilt' });
    });
  }
}

async function* purgedAggregates(dataSource: DataSource): AsyncGenerator<AggregateName> {
  for (const type of aggregateTypes) {
    for (let after = 0, page: AggregateName[]; ; after = page.at(-1)?.id ?? after) {
      page = await read(dataSource, (sql) => pageOf(sql, type, after));
      yield* page;
      if (page.length < pageSize) break;
    }
  }
}

async function pageOf(sql: Sql, type: AggregateType, after: number): Promise<AggregateName[]> {
  const rows = await sql<{ id: number }>({
    name: `find-purged-${type}`,
    text: `SELECT id
           FROM ${aggregates[type].table} AS aggregate
           WHERE id > $2 AND NOT EXISTS (
             SELECT FROM outbox
             WHERE aggregatetype = $1
               AND aggregateid = aggregate.id::text
               AND aggregateversion = aggregate.version
               AND sourceid = (SELECT source_id FROM source)
           )
           ORDER BY id
           LIMIT ${pageSize}`,
    values: [type, after],
  });
  return rows.map(({ id }) => ({ type, id }));
}
