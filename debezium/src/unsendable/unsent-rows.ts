import type { Sql } from 'service-kit/sql';
import { slotName } from '../slot';
import { type Inserted, insertedRows } from './pgoutput';

/** An outbox row with what the relay makes of it. */
export interface UnsentRow {
  readonly id: string | null;
  /** `order:17@2` */
  readonly aggregate: string;
  readonly topic: string | null;
  /** The size of key, value and headers together as Kafka's producer counts it, give or take some bytes. */
  readonly bytes: number;
  /** All columns of the row, to be stored when it is skipped. */
  readonly event: Readonly<Record<string, string | null>>;
}

/**
 * How many changes are looked at: the obstacle is near the beginning, because the relay reads some thousand rows ahead
 * at most.
 */
const changesLookedAt = 20_000;
/** The bytes of header names, lengths and the batch around a record. */
const overhead = 200;

/**
 * The rows that the slot has not confirmed, in the order of the WAL, including those that are deleted meanwhile. They
 * are read by a temporary copy of the slot, so that the relay is not disturbed.
 *
 * @param sql on one connection, of the relay's role, which does nothing else during this
 * @returns none when there is no slot
 */
export async function rowsInWal(sql: Sql): Promise<UnsentRow[]> {
  const copy = `${slotName}_look_${process.pid}`;
  const copied = await sql({
    name: 'copy-slot',
    text: `SELECT pg_copy_logical_replication_slot(slot_name, $2, true)
           FROM pg_replication_slots
           WHERE slot_name = $1 AND database = current_database() AND wal_status <> 'lost'`,
    values: [slotName, copy],
  });
  if (copied.length === 0) return [];
  try {
    const rows = await sql<{ data: Buffer }>({
      name: 'peek-copied-slot',
      text: `SELECT data FROM pg_logical_slot_peek_binary_changes(
               $1, NULL, $2, 'proto_version', '1', 'publication_names', 'relay')`,
      values: [copy, changesLookedAt],
    });
    return insertedRows(rows.map(({ data }) => data)).map(unsentRow);
  } finally {
    await sql({
      name: 'drop-copied-slot',
      text: 'SELECT pg_drop_replication_slot($1)',
      values: [copy],
    });
  }
}

/**
 * The rows in the outbox that cannot be sent: a snapshot would emit them.
 *
 * @param topics that exist
 */
export async function unsendableInOutbox(
  sql: Sql,
  topics: readonly string[],
  maxBytes: number,
): Promise<UnsentRow[]> {
  const rows = await sql<Record<string, string | null>>({
    name: 'find-unsendable-rows',
    text: `SELECT id::text, aggregatetype, aggregateid, aggregateversion::text, type, payload::text, topic,
                  schemaversion::text, sourceid::text, traceparent
           FROM public.outbox
           WHERE topic IS NULL OR topic <> ALL ($1)
              OR octet_length(payload::text) + octet_length(aggregateid) + octet_length(type)
                 + coalesce(octet_length(traceparent), 0) > $2
           LIMIT 100`,
    values: [topics, maxBytes - 2 * overhead],
  });
  return rows.map((row) => unsentRow(new Map(Object.entries(row))));
}

function unsentRow(row: Inserted): UnsentRow {
  const text = (name: string): string | null => row.get(name) ?? null;
  const values = [...row].filter(([name]) => !unsentColumns.has(name)).map(([, value]) => value);
  return {
    id: text('id'),
    aggregate: `${text('aggregatetype')}:${text('aggregateid')}@${text('aggregateversion')}`,
    topic: text('topic'),
    bytes: values.reduce((sum, value) => sum + Buffer.byteLength(value ?? ''), overhead),
    event: Object.fromEntries(row),
  };
}

const unsentColumns = new Set(['aggregatetype', 'topic', 'occurredat']);
