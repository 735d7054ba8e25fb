import type { DataSource } from 'typeorm';
import { failpoint } from 'service-kit/failpoints';
import { formatTraceparent, newTrace } from 'service-kit/trace-context';
import { failpoints } from '../failpoints';
import { findOrder, lockOrder } from '../orders/find-order';
import { orderEvent } from '../orders/order';
import { appendEvent, type NewEvent } from '../outbox/append-event';
import { findProduct } from '../products/find-product';
import { productCreated } from '../products/product';
import { inTransaction, read, type Sql } from '../transaction';
import { type AggregateName, formatName, UsageError } from './aggregate-name';
import { findEvent, reemitEvent } from './reemit-event';

/** An event that will be relayed again. */
export interface Reemitted {
  readonly name: AggregateName;
  readonly eventId: string;
  readonly version: number;
  readonly topic: string;
  /** The same event, or one made anew from the entity because its outbox row is gone. */
  readonly how: 'same' | 'rebuilt';
}

export type Topics = Readonly<Record<AggregateName['type'], string>>;

/**
 * Writes the newest event of each aggregate again, or that of the version that is named, each in a
 * transaction of its own. No version is raised: to a consumer that has read it, it is a duplicate and
 * counts nothing.
 *
 * @param topics of events that must be made anew
 * @throws {UsageError} naming every unknown aggregate and version; nothing was written then
 */
export async function* reemitEvents(
  dataSource: DataSource,
  names: readonly AggregateName[],
  topics: Topics,
): AsyncGenerator<Reemitted> {
  // Nothing is ever deleted: what exists now exists below.
  await read(dataSource, (sql) => requireAll(sql, names));
  for (const name of names) {
    yield await inTransaction(dataSource, (sql) => reemit(sql, name, topics));
  }
}

async function requireAll(sql: Sql, names: readonly AggregateName[]): Promise<void> {
  const unknown: string[] = [];
  for (const name of names) {
    const found = await (name.type === 'order' ? findOrder : findProduct)(sql, name.id);
    await failpoint(failpoints.reemitAggregateFound);
    const isThere =
      found !== undefined &&
      (name.version === undefined || (await findEvent(sql, name, name.version)) !== undefined);
    if (!isThere) unknown.push(formatName(name));
  }
  if (unknown.length === 0) return;
  const versions = names.some(({ version }) => version !== undefined);
  const hint = versions
    ? ' (a version must be in the outbox still; without @ the present one is made anew)'
    : '';
  throw new UsageError(`there is no ${unknown.join(', ')}${hint}`);
}

async function reemit(sql: Sql, name: AggregateName, topics: Topics): Promise<Reemitted> {
  const event = await lockNewestEvent(sql, name);
  const version = name.version ?? event.aggregateVersion;
  const found = await findEvent(sql, name, version);
  if (found !== undefined && (await reemitEvent(sql, found.id))) {
    return { name, eventId: found.id, version, topic: found.topic, how: 'same' };
  }
  if (version !== event.aggregateVersion) {
    // Purged since it was found, so it is in Kafka: only the present state can be made anew.
    throw new Error(`${formatName(name)} is gone from the outbox`);
  }
  const topic = topics[name.type];
  const eventId = await appendEvent(sql, event, {
    topic,
    traceparent: formatTraceparent(newTrace()),
  });
  return { name, eventId, version, topic, how: 'rebuilt' };
}

/** The event of the aggregate's present version, which cannot change until the transaction ends. */
export async function lockNewestEvent(sql: Sql, { type, id }: AggregateName): Promise<NewEvent> {
  // Two at once would find the row of the first gone. A product's own row is never changed, and the
  // service's role may not lock it.
  await sql(`SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))`, [
    `reemit ${type} ${id}`,
  ]);
  await failpoint(failpoints.reemitLocked);
  if (type === 'product') {
    const product = await findProduct(sql, id);
    await failpoint(failpoints.reemitAggregateRead);
    if (product !== undefined) return productCreated(product);
  } else {
    const order = await lockOrder(sql, id);
    await failpoint(failpoints.reemitAggregateRead);
    if (order !== undefined) return orderEvent(order);
  }
  throw new Error(`${type} ${id} vanished`);
}
