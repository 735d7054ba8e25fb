import type { DataSource } from 'typeorm';
import { aggregates } from 'contracts/aggregates';
import type { Topics } from 'contracts/topics';
import { NotFound } from 'service-kit/command-errors';
import type { Sql } from 'service-kit/sql';
import { formatTraceparent, newTrace } from 'service-kit/trace-context';
import { appendEvent, type NewEvent } from '../outbox/append-event';
import { slices } from '../slices';
import { inTransaction, read } from '../transaction';
import { type AggregateName, formatName } from './aggregate-name';

/** An event that will be relayed again. */
export interface Reemitted {
  readonly name: AggregateName;
  readonly eventId: string;
  readonly version: number;
  readonly topic: string;
  /**
   * `same`: the same event; `rebuilt`: made from the entity because its outbox row is gone; `as-is`: under a new
   * version.
   */
  readonly how: 'same' | 'rebuilt' | 'as-is';
}

/**
 * Writes the newest event of each aggregate again, or that of the version that is named, each in a transaction of its
 * own. It raises no version, so a consumer that has read the event ignores it as a duplicate.
 *
 * @param topics of the events that must be rebuilt
 * @throws {NotFound} naming every unknown aggregate and version; nothing was written then
 */
export async function* reemitEvents(
  dataSource: DataSource,
  names: readonly AggregateName[],
  topics: Topics,
): AsyncGenerator<Reemitted> {
  // Nothing is ever deleted, so what exists now still exists when it is locked below.
  await read(dataSource, (sql) => requireAll(sql, names));
  for (const name of names) {
    yield await inTransaction(dataSource, (sql) => reemit(sql, name, topics));
  }
}

/** @throws {NotFound} naming every aggregate and version that is not there */
export async function requireAll(sql: Sql, names: readonly AggregateName[]): Promise<void> {
  const unknown: string[] = [];
  for (const name of names) {
    const isThere =
      (await exists(sql, name)) &&
      (name.version === undefined || (await findEvent(sql, name, name.version)) !== undefined);
    if (!isThere) unknown.push(formatName(name));
  }
  if (unknown.length === 0) return;
  const versions = names.some(({ version }) => version !== undefined);
  const hint = versions
    ? ' (a version must be in the outbox still; without @ the present one is made anew)'
    : '';
  throw new NotFound(`there is no ${unknown.join(', ')}${hint}`);
}

async function exists(sql: Sql, { type, id }: AggregateName): Promise<boolean> {
  const found = await sql({
    name: `require-${type}`,
    text: `SELECT FROM ${aggregates[type].table} WHERE id = $1`,
    values: [id],
  });
  return found.length === 1;
}

async function reemit(sql: Sql, name: AggregateName, topics: Topics): Promise<Reemitted> {
  const event = await lockNewestEvent(sql, name);
  const version = name.version ?? event.aggregateVersion;
  const found = await findEvent(sql, name, version);
  if (found !== undefined && (await writeAgain(sql, found.id))) {
    return { name, eventId: found.id, version, topic: found.topic, how: 'same' };
  }
  if (version !== event.aggregateVersion) {
    // The row was purged since it was found, so its event is in Kafka; only an event of the present version can be
    // rebuilt.
    throw new Error(`${formatName(name)} is gone from the outbox`);
  }
  return writeAnew(sql, { name, event, topics, how: 'rebuilt' });
}

/** Writes an event that has no row in the outbox, or not any more. */
export async function writeAnew(
  sql: Sql,
  {
    name,
    event,
    topics,
    how,
  }: { name: AggregateName; event: NewEvent; topics: Topics; how: Reemitted['how'] },
): Promise<Reemitted> {
  const topic = topics[name.type];
  const traceparent = formatTraceparent(newTrace());
  const eventId = await appendEvent(sql, event, { topic, traceparent });
  return { name, eventId, version: event.aggregateVersion, topic, how };
}

/** The event of the aggregate's present version, which cannot change until the transaction ends. */
export async function lockNewestEvent(sql: Sql, { type, id }: AggregateName): Promise<NewEvent> {
  // Without this lock, the second of two at once would find the outbox row of the first gone.
  await sql({
    name: 'lock-reemit',
    text: `SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))`,
    values: [`reemit ${type} ${id}`],
  });
  const event = await slices[type].lockNewestEvent(sql, id);
  if (event === undefined) throw new Error(`${type} ${id} vanished`);
  return event;
}

/**
 * Finds the outbox row of one version, unless it was purged. A row with another source id belongs to the history before
 * this database was restored: it must not be emitted again.
 */
async function findEvent(
  sql: Sql,
  { type, id }: AggregateName,
  version: number,
): Promise<{ id: string; topic: string } | undefined> {
  const [event] = await sql<{ id: string; topic: string }>({
    name: 'find-event',
    text: `SELECT id, topic
           FROM outbox
           WHERE aggregatetype = $1 AND aggregateid = $2 AND aggregateversion = $3
             AND sourceid = (SELECT source_id FROM source)
           ORDER BY id
           LIMIT 1`,
    values: [type, String(id), version],
  });
  return event;
}

/**
 * Inserts an outbox row again unchanged, so that the relay sees it.
 *
 * @returns false when the row is gone
 */
async function writeAgain(sql: Sql, eventId: string): Promise<boolean> {
  const [written] = await sql<{ again: boolean }>({
    name: 'reemit-event',
    text: `SELECT reemit_event($1) AS again`,
    values: [eventId],
  });
  return written?.again === true;
}
