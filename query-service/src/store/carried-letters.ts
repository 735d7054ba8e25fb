import type { Logger } from 'service-kit/logger';
import type { EventRecord } from '../apply/event';
import { identify, type TopicAggregates } from '../apply/letter';
import type { Reader, Statement } from '../views/view';
import { Connection } from './connection';

type Row = Record<string, string | number | null>;
type PlacedRow = Row & { place: number };

const columns = [
  'topic',
  'partition',
  'record_offset',
  'lost_to',
  'key',
  'headers',
  'value',
  'event_id',
  'kind',
  'subject',
  'version',
  'reason',
  'parked_at',
  'state',
  'settled_at',
  'settled_by',
  'settled_why',
] as const;

/** In memory at once. A letter holds up to the largest record there is; most are of some hundred bytes. */
export const mostOfPage = { letters: 1_000, bytes: 2 ** 20 };

/** A page of letters as they stand in their table, whatever columns that had. */
export type LetterPage = readonly Row[];

/** The letters of a file that a new one takes the place of, page by page. What cannot be read is lost, and logged. */
export async function* lettersIn(file: string, logger: Logger): AsyncGenerator<LetterPage> {
  let database: Connection;
  try {
    database = await Connection.openReader(file);
  } catch (error) {
    logger.error({ err: error, file }, 'dead letters not carried over: the file cannot be opened');
    return;
  }
  try {
    yield* lettersOf(database, logger);
  } finally {
    await database.close().catch(() => undefined);
  }
}

/**
 * The same of a file that is open, and stays so until the last page is read. It may be one that was deleted
 * meanwhile. Of one that goes on being written, the pages are not of one moment: the swap carries again.
 */
export async function* lettersOf(reader: Reader, logger: Logger): AsyncGenerator<LetterPage> {
  const { letters, bytes } = mostOfPage;
  try {
    for (let after = 0; ;) {
      const page = await reader.all<PlacedRow>(nextPage, String(after), letters, bytes);
      const last = page.at(-1)?.place ?? after;
      // A damaged table might have its rows in no order: that must come to an end, too.
      if (last <= after) return;
      yield page;
      after = last;
    }
  } catch (error) {
    logger.error({ err: error }, 'dead letters not carried over: their table cannot be read');
  }
}

/** The letters behind a row: as many as fit, but one at least. */
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

/** It is the same record that both files have parked. */
const sameRecord = `dead_letter.value IS excluded.value AND dead_letter.key IS excluded.key
  AND dead_letter.headers IS excluded.headers`;

/**
 * An operator's discard counts in any file. Everything else that ended a letter must have happened in
 * the new file as well; when it has, the audit of the file before is the one that is kept.
 */
const endedThere = `${sameRecord} AND excluded.state <> 'open'
  AND (dead_letter.state <> 'open' OR excluded.state = 'discarded')`;

const settlement = ['state', 'settled_at', 'settled_by', 'settled_why'] as const;

/**
 * Carries letters into a new file, empty or filled, by a statement for each page. The topics are read again, and
 * what is still unreadable is parked anew; but discards and the reasons for them, and letters whose record has
 * meanwhile been deleted from the topic, stand nowhere else.
 */
export async function* carryDeadLetters(
  pages: AsyncIterable<LetterPage>,
  topics: TopicAggregates,
): AsyncGenerator<Statement> {
  for await (const page of pages) yield carryPage(page, topics);
}

function carryPage(letters: LetterPage, topics: TopicAggregates): Statement {
  return {
    sql: `INSERT INTO dead_letter (${columns.join(', ')})
          SELECT ${columns.map((_, index) => `value ->> ${index}`).join(', ')}
          FROM jsonb_each(?) WHERE true
          ON CONFLICT (topic, partition, record_offset) DO UPDATE SET
            parked_at = CASE WHEN ${sameRecord} THEN excluded.parked_at ELSE dead_letter.parked_at END,
            ${settlement
              .map(
                (column) =>
                  `${column} = CASE WHEN ${endedThere} THEN excluded.${column} ELSE dead_letter.${column} END`,
              )
              .join(', ')}`,
    rows: letters.map((letter) => {
      const complete = { ...identityOf(letter, topics), ...stateOf(letter), ...letter };
      return columns.map((column) => complete[column] ?? null);
    }),
  };
}

function identityOf(letter: Row, topics: TopicAggregates): Row {
  const record: EventRecord = {
    topic: String(letter.topic),
    partition: Number(letter.partition),
    offset: Number(letter.record_offset),
    key: letter.key === null ? null : String(letter.key),
    headers: JSON.parse(String(letter.headers)) as EventRecord['headers'],
    value: typeof letter.value === 'string' ? Buffer.from(letter.value, 'base64') : null,
  };
  const { eventId, kind, subject, version } = identify(record, topics);
  return { event_id: eventId, kind, subject, version };
}

/** Before there were states, there was the time of healing. */
function stateOf(letter: Row): Row {
  const healedAt = letter.healed_at ?? null;
  return { state: healedAt === null ? 'open' : 'healed', settled_at: healedAt };
}
