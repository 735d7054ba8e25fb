import type { Logger } from 'service-kit/logger';
import type { TopicAggregates } from '../../model/aggregates';
import {
  carriedColumns as columns,
  completeRow,
  pagesOf,
  type PlacedRow,
} from '../carried-dead-letters';
import type { Reader, Statement } from '../sql';
import type { DeadLetterPage } from '../view-store';
import { Connection } from './connection';

/**
 * Reads the dead letters of a file that a new one replaces, page by page. Those that cannot be read are lost, and
 * logged.
 */
export async function* deadLettersIn(file: string, logger: Logger): AsyncGenerator<DeadLetterPage> {
  let database: Connection;
  try {
    database = await Connection.openReader(file);
  } catch (error) {
    logger.error({ err: error, file }, 'dead letters not carried over: the file cannot be opened');
    return;
  }
  try {
    yield* deadLettersOf(database, logger);
  } finally {
    await database.close().catch(() => undefined);
  }
}

/** Reads the dead letters of a file that is open. It may have been deleted meanwhile. */
export const deadLettersOf = (
  reader: Pick<Reader, 'all'>,
  logger: Logger,
): AsyncGenerator<DeadLetterPage> =>
  pagesOf(
    (after, { rows, bytes }) => reader.all<PlacedRow>(nextPage, String(after), rows, bytes),
    logger,
  );

/** The dead letters after an id: as many as fit, but at least one. */
const nextPage = `
  WITH behind AS (
    SELECT rowid AS place,
      octet_length(headers) + ifnull(octet_length(key), 0) + ifnull(octet_length(value), 0) AS bytes
    FROM dead_letter WHERE rowid > CAST(? AS INTEGER) ORDER BY rowid LIMIT ?
  ), summed AS (
    SELECT place, bytes, sum(bytes) OVER (ORDER BY place) AS total FROM behind
  )
  SELECT dead_letter.rowid AS place, dead_letter.* FROM summed
  JOIN dead_letter ON dead_letter.rowid = place
  WHERE total <= ? OR total = bytes ORDER BY place`;

const settlement = ['state', 'settled_at', 'settled_by', 'settled_why'] as const;

/** SQL for a column of a dead letter's row in `jsonb_each`. */
const carried = (column: (typeof columns)[number]): string =>
  `carried.value ->> ${columns.indexOf(column)}`;

/**
 * An operator's discard counts in every file. A dead letter that an applied version ended is open in the new file until
 * that version is applied there, too.
 */
const insert = `
  INSERT INTO dead_letter (${columns.join(', ')})
  SELECT ${columns
    .map((column) => {
      if (!(settlement as readonly string[]).includes(column)) return carried(column);
      const otherwise = column === 'state' ? "'open'" : 'NULL';
      return `CASE ${carried('state')} WHEN 'discarded' THEN ${carried(column)} ELSE ${otherwise} END`;
    })
    .join(', ')}
  FROM jsonb_each(?) AS carried WHERE true
  ON CONFLICT (topic, partition, record_offset) DO NOTHING`;

/** When both files have parked the same record and ended it, the new file keeps when, by whom and why the other did. */
const keepAudit = `
  UPDATE dead_letter SET parked_at = ${carried('parked_at')}, ${settlement
    .map(
      (column) =>
        `${column} = CASE WHEN ${carried('state')} = 'discarded'
           OR (${carried('state')} <> 'open' AND dead_letter.state <> 'open')
         THEN ${carried(column)} ELSE dead_letter.${column} END`,
    )
    .join(', ')}
  FROM jsonb_each(?) AS carried
  WHERE dead_letter.topic = ${carried('topic')} AND dead_letter.partition = ${carried('partition')}
    AND dead_letter.record_offset = ${carried('record_offset')}
    AND dead_letter.value IS ${carried('value')} AND dead_letter.key IS ${carried('key')}
    AND dead_letter.headers IS ${carried('headers')}`;

/**
 * Carries dead letters into a new file, empty or filled, by two statements for each page. Reading the topics again would
 * park what is still unreadable, but discards, their reasons and records that the topic has lost meanwhile stand only
 * in the file before.
 */
export async function* carryDeadLetters(
  pages: AsyncIterable<DeadLetterPage>,
  topics: TopicAggregates,
): AsyncGenerator<Statement> {
  for await (const page of pages) {
    const rows = page.map((row) => completeRow(row, topics));
    yield { sql: insert, rows };
    yield { sql: keepAudit, rows };
  }
}
