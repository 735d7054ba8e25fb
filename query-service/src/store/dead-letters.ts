import { commandOf } from 'contracts/commands';
import { headerText } from 'contracts/headers';
import type {
  DeadLetterCounts,
  DeadLetterIdentity,
  DeadLetterState,
  Parked,
  Settled,
} from '../model/dead-letter';
import type { LostRange, SkippedBatch } from '../model/partition';
import type { EventRecord } from '../model/record';
import type { ColumnType, Reader, RowsWrite } from './sql';

/** A record to be parked, with the aggregate and version that it names. */
export type Identified = Parked & { readonly identity: DeadLetterIdentity };

/** The outcome of a dead letter that was read again, or healed. */
export type Outcome = Omit<Settled, 'state'> & { readonly state: DeadLetterState };

/** The columns with what a record says. */
const recordColumns = {
  topic: 'text',
  partition: 'bigint',
  record_offset: 'bigint',
  key: 'text',
  headers: 'text',
  value: 'text',
  reason: 'text',
  event_id: 'text',
  kind: 'text',
  subject: 'bigint',
  version: 'bigint',
} satisfies Record<string, ColumnType>;

/** How a dead letter has ended. */
const settlement = ['state', 'settled_at', 'settled_by', 'settled_why'] as const;

/** The columns that are carried from one set of views to another. */
const carriedColumns = {
  ...recordColumns,
  lost_to: 'bigint',
  parked_at: 'text',
  state: 'text',
  settled_at: 'text',
  settled_by: 'text',
  settled_why: 'text',
} satisfies Record<string, ColumnType>;

/** A dead letter as it is carried. */
export type CarriedRow = Readonly<Record<keyof typeof carriedColumns, string | number | null>>;

export const carriedNames = Object.keys(carriedColumns) as readonly (keyof CarriedRow)[];

/**
 * Parks records. One that is read again and parked again keeps its row and state, except that a
 * redriven one is open again: the code that understood it is gone. Another record at the same place
 * takes the place over: the topic was created anew.
 *
 * @param own the columns that only this engine has: see `Own`
 */
export function parkRecords(parked: readonly Identified[], own: Own): RowsWrite {
  const columns = { ...recordColumns, ...own };
  const [, , , ...taken] = Object.keys(columns);
  return {
    name: 'park-dead-letters',
    columns,
    sql: (given) => `
      INSERT INTO dead_letter (${Object.keys(columns).join(', ')}) SELECT * FROM ${given} WHERE true
      ON CONFLICT (topic, partition, record_offset) DO UPDATE SET
        lost_to = NULL, ${taken.map((column) => `${column} = excluded.${column}`).join(', ')},
        parked_at = excluded.parked_at,
        state = 'open', settled_at = NULL, settled_by = NULL, settled_why = NULL
      WHERE dead_letter.state = 'redriven' OR ${isAnother('excluded')}`,
    rows: parked.map(({ record, reason, identity }) => [
      ...[record.topic, record.partition, record.offset, record.key, textOf(record.headers)],
      ...[record.value?.toString('base64') ?? null, reason],
      ...[identity.eventId, identity.kind, identity.subject, identity.version],
      ...Object.keys(own).map(() => headerText(record.headers, 'sourceId')),
    ]),
  };
}

/** PostgreSQL keeps the id of the database that wrote a record in a column: its JSON refuses some headers. */
export type Own = { readonly source_id?: 'text' };

/** Parks offsets that were deleted before they were read: only a comparison tells what they changed. */
export const parkLostRanges = (lost: readonly LostRange[]): RowsWrite => ({
  name: 'park-lost-ranges',
  columns: { ...range, reason: 'text' },
  sql: (given) => `
    INSERT INTO dead_letter (topic, partition, record_offset, lost_to, headers, reason)
    SELECT topic, partition, first, last, '{}', reason FROM ${given} WHERE true
    ON CONFLICT DO NOTHING`,
  rows: lost.map(({ topic, partition, first, last }) => [
    ...[topic, partition, first, last],
    `offsets ${first} to ${last} were deleted from the topic before they were read: ` +
      `run \`${commandOf({ script: 'reconcile', args: [] })}\`, repair what differs, then discard this`,
  ]),
});

const range = { topic: 'text', partition: 'bigint', first: 'bigint', last: 'bigint' } as const;

/**
 * Records who skipped a batch, and why. It is no open dead letter, because the views are in doubt until they were
 * compared.
 */
export function recordSkippedBatch(
  { topic, partition, first, last, checksum }: SkippedBatch,
  { reason, by, why }: { reason: string; by: string; why: string },
  own: Own,
): RowsWrite {
  const unknown = ['key', 'value', 'event_id', 'kind', 'subject', 'version', ...Object.keys(own)];
  return {
    name: 'record-skipped-batch',
    columns: { ...range, headers: 'text', reason: 'text', at: 'text', by: 'text', why: 'text' },
    sql: (given) => `
      INSERT INTO dead_letter (topic, partition, record_offset, lost_to, headers, reason,
        state, settled_at, settled_by, settled_why)
      SELECT topic, partition, first, last, headers, reason, 'discarded', at, by, why FROM ${given} WHERE true
      ON CONFLICT (topic, partition, record_offset) DO UPDATE SET
        lost_to = excluded.lost_to, headers = excluded.headers, reason = excluded.reason,
        parked_at = excluded.parked_at,
        ${settlement.map((column) => `${column} = excluded.${column}`).join(', ')},
        ${unknown.map((column) => `${column} = NULL`).join(', ')}`,
    rows: [
      [
        ...[topic, partition, first, last, JSON.stringify({ batchChecksum: checksum })],
        `a batch up to offset ${last} cannot be decoded (${reason})`,
        ...[new Date().toISOString(), by, why],
      ],
    ],
  };
}

export async function readSkippedBatches(reader: Pick<Reader, 'all'>): Promise<SkippedBatch[]> {
  const rows = await reader.all<LostRange & { headers: string }>(
    `SELECT topic, partition, record_offset AS first, lost_to AS last, headers
     FROM dead_letter WHERE lost_to IS NOT NULL AND headers LIKE '{"batchChecksum":%'`,
  );
  return rows.map(({ headers, ...batch }) => {
    const { batchChecksum } = JSON.parse(headers) as { batchChecksum: number };
    return { ...batch, checksum: batchChecksum };
  });
}

/** Writes the outcome of dead letters that were read again, or healed. */
export const settleDeadLetters = (settled: readonly Outcome[]): RowsWrite => ({
  name: 'settle-dead-letters',
  columns: { id: 'bigint', state: 'text', reason: 'text', at: 'text', by: 'text' },
  sql: (given) => `
    UPDATE dead_letter SET
      state = given.state,
      reason = coalesce(given.reason, dead_letter.reason),
      settled_at = given.at, settled_by = given.by
    FROM ${given}
    WHERE dead_letter.id = given.id AND dead_letter.state = 'open'`,
  rows: settled.map(({ id, state, reason, by }) => [
    ...[id, state, reason],
    ...(state === 'open' ? [null, null] : [new Date().toISOString(), by]),
  ]),
});

/** Discards a dead letter for an operator. */
export const discardDeadLetter = (id: number, by: string, why: string): RowsWrite => ({
  name: 'discard-dead-letter',
  columns: { id: 'bigint', at: 'text', by: 'text', why: 'text' },
  sql: (given) => `
    UPDATE dead_letter
    SET state = 'discarded', settled_at = given.at, settled_by = given.by, settled_why = given.why
    FROM ${given}
    WHERE dead_letter.id = given.id AND dead_letter.state = 'open'`,
  rows: [[id, new Date().toISOString(), by, why]],
});

/** Counts the dead letters in each state. */
export async function countDeadLetters(reader: Pick<Reader, 'all'>): Promise<DeadLetterCounts> {
  const rows = await reader.all<{ state: DeadLetterState; count: number }>(
    'SELECT state, count(*) AS count FROM dead_letter GROUP BY state',
  );
  const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  return { open: 0, healed: 0, redriven: 0, discarded: 0, ...counts };
}

/**
 * Carries dead letters into other views, empty or filled. Reading the topics again would park what is still unreadable,
 * but discards, their reasons and records that the topic has lost meanwhile stand only in the views before.
 *
 * An operator's discard counts in all views. A dead letter that an applied version ended is open in the new ones until
 * that version is applied there, too. When both have parked the same record and ended it, the new ones keep when, by
 * whom and why the others did.
 */
export function carryDeadLetters(page: readonly CarriedRow[], own: Own): RowsWrite[] {
  const columns = { ...carriedColumns, ...own };
  const names = Object.keys(columns);
  const rows = page.map((row) => [
    ...carriedNames.map((name) => row[name]),
    ...Object.keys(own).map(() =>
      headerText(JSON.parse(String(row.headers)) as EventRecord['headers'], 'sourceId'),
    ),
  ]);
  const asNew = names.map((name) => {
    if (!(settlement as readonly string[]).includes(name)) return `given.${name}`;
    return `CASE given.state WHEN 'discarded' THEN given.${name} ELSE ${name === 'state' ? "'open'" : 'NULL'} END`;
  });
  const audit = settlement.map(
    (name) =>
      `${name} = CASE WHEN given.state = 'discarded' OR (given.state <> 'open' AND dead_letter.state <> 'open')
       THEN given.${name} ELSE dead_letter.${name} END`,
  );
  return [
    {
      ...{ name: 'carry-dead-letters', columns, rows },
      sql: (given) => `
        INSERT INTO dead_letter (${names.join(', ')}) SELECT ${asNew.join(', ')} FROM ${given} WHERE true
        ON CONFLICT (topic, partition, record_offset) DO NOTHING`,
    },
    {
      ...{ name: 'keep-audit-of-dead-letters', columns, rows },
      sql: (given) => `
        UPDATE dead_letter SET parked_at = given.parked_at, ${audit.join(', ')}
        FROM ${given}
        WHERE dead_letter.topic = given.topic AND dead_letter.partition = given.partition
          AND dead_letter.record_offset = given.record_offset AND NOT (${isAnother('given')})`,
    },
  ];
}

/** SQL: another record than the dead letter's. */
const isAnother = (row: string): string =>
  ['value', 'key', 'headers']
    .map((column) => `dead_letter.${column} IS DISTINCT FROM ${row}.${column}`)
    .join(' OR ');

/** Headers as a JSON object of texts. A header's value is bytes, several of them, or none. */
function textOf(headers: EventRecord['headers']): string {
  const texts = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : (value?.toString() ?? null),
  ]);
  return JSON.stringify(Object.fromEntries(texts));
}
