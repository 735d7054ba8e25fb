import type { Logger } from 'service-kit/logger';
import type { Sql } from 'service-kit/sql';
import type { TopicAggregates } from '../../model/aggregates';
import { carriedColumns, completeRow, pagesOf, type PlacedRow } from '../carried-dead-letters';
import type { DeadLetterPage } from '../view-store';
import { columnsAsArrays, unnest, type ColumnType } from './arrays';

export const deadLetterPages = (sql: Sql, logger: Logger): AsyncGenerator<DeadLetterPage> =>
  pagesOf(
    (after, { rows, bytes }) =>
      sql<PlacedRow>({
        name: 'page-of-dead-letters',
        text: `WITH behind AS (
                 SELECT id, octet_length(headers) + coalesce(octet_length(key), 0) +
                   coalesce(octet_length(value), 0) AS bytes
                 FROM dead_letter WHERE id > $1 ORDER BY id LIMIT $2
               ), summed AS (
                 SELECT id, bytes, sum(bytes) OVER (ORDER BY id) AS total FROM behind
               )
               SELECT id AS place, dead_letter.* FROM summed JOIN dead_letter USING (id)
               WHERE total <= $3 OR total = bytes ORDER BY id`,
        values: [after, rows, bytes],
      }),
    logger,
  );

const integers: readonly string[] = [
  ...['partition', 'record_offset', 'lost_to', 'subject', 'version'],
];
const types = carriedColumns.map((column): ColumnType =>
  integers.includes(column) ? 'bigint' : 'text',
);
const settlement = ['state', 'settled_at', 'settled_by', 'settled_why'] as const;

/**
 * An operator's discard counts in every schema. A dead letter that an applied version ended is open in the new one until
 * that version is applied there, too. When both have parked the same record and ended it, the new one keeps when, by whom and
 * why the other did.
 */
export async function carryDeadLetters(
  sql: Sql,
  pages: AsyncIterable<DeadLetterPage>,
  topics: TopicAggregates,
): Promise<void> {
  const isOpen = "CASE WHEN carried.state = 'discarded' THEN";
  for await (const page of pages) {
    const rows = page.map((row) => completeRow(row, topics));
    const values = columnsAsArrays(rows, types);
    const columns = carriedColumns.join(', ');
    const asNew = carriedColumns.map((column) =>
      (settlement as readonly string[]).includes(column)
        ? `${isOpen} carried.${column} ELSE ${column === 'state' ? "'open'" : 'NULL'} END`
        : `carried.${column}`,
    );
    const from = `FROM ${unnest(types, 1)} AS carried (${columns})`;
    await sql({
      name: 'carry-dead-letters',
      text: `INSERT INTO dead_letter (${columns}, source_id)
             SELECT ${asNew.join(', ')}, CAST(carried.headers AS json) ->> 'sourceId' ${from}
             ON CONFLICT (topic, partition, record_offset) DO NOTHING`,
      values,
    });
    await sql({
      name: 'keep-audit-of-dead-letters',
      text: `UPDATE dead_letter SET parked_at = carried.parked_at, ${settlement
        .map(
          (column) =>
            `${column} = CASE WHEN carried.state = 'discarded'
               OR (carried.state <> 'open' AND dead_letter.state <> 'open')
             THEN carried.${column} ELSE dead_letter.${column} END`,
        )
        .join(', ')}
        ${from}
        WHERE dead_letter.topic = carried.topic AND dead_letter.partition = carried.partition
          AND dead_letter.record_offset = carried.record_offset
          AND dead_letter.value IS NOT DISTINCT FROM carried.value
          AND dead_letter.key IS NOT DISTINCT FROM carried.key
          AND dead_letter.headers IS NOT DISTINCT FROM carried.headers`,
      values,
    });
  }
}
