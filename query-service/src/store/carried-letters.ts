import type { Logger } from 'service-kit/logger';
import type { EventRecord } from '../apply/event';
import { identify, type TopicAggregates } from '../apply/letter';
import type { Reader, Statement } from '../views/view';
import { Connection } from './connection';

type Row = Record<string, string | number | null>;

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

/** As they stand in their table, whatever columns that had. */
export type CarriedLetters = readonly Row[];

/** The letters of a file that a new one takes the place of. What cannot be read is lost, and logged. */
export async function lettersIn(file: string, logger: Logger): Promise<CarriedLetters> {
  try {
    const database = await Connection.openReader(file);
    try {
      return await lettersOf(database, logger);
    } finally {
      await database.close();
    }
  } catch (error) {
    logger.error({ err: error, file }, 'dead letters not carried over: the file cannot be opened');
    return [];
  }
}

/** The same of a file that is open. It may be one that was deleted meanwhile. */
export async function lettersOf(reader: Reader, logger: Logger): Promise<CarriedLetters> {
  try {
    return await reader.all<Row>('SELECT * FROM dead_letter ORDER BY rowid');
  } catch (error) {
    logger.error({ err: error }, 'dead letters not carried over: their table cannot be read');
    return [];
  }
}

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
 * Carries letters into a new file, empty or filled. The topics are read again, and what is still unreadable
 * is parked anew; but discards and the reasons for them, and letters whose record has meanwhile been
 * deleted from the topic, stand nowhere else.
 */
export function carryDeadLetters(letters: CarriedLetters, topics: TopicAggregates): Statement {
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
