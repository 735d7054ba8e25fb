import { v7 as uuidv7 } from 'uuid';
import { assertPayload, currentVersion, type EventPayloads } from 'contracts/events';
import type { AggregateType, DomainEventType } from 'contracts/aggregates';
import { Problem } from 'service-kit/problem';
import type { Sql } from 'service-kit/sql';
import { formatTraceparent } from 'service-kit/trace-context';
import { currentSpan, inSpan, SpanKind } from 'service-kit/tracing';
import { DatabaseUnavailable } from '../database-errors';

/** Kafka's producer refuses records above 1 MiB, and such a record would stop the relay for everyone. */
const maxPayloadBytes = 512 * 1024;

/** An event: the full state of one aggregate at one version. */
export interface NewEvent<T extends DomainEventType = DomainEventType> {
  readonly type: T;
  readonly aggregateType: AggregateType;
  readonly aggregateId: number;
  readonly aggregateVersion: number;
  readonly payload: EventPayloads[T];
}

/** The topic of an event, and the trace that it belongs to. Where spans are recorded, its own span takes over. */
export interface Route {
  readonly topic: string;
  readonly traceparent: string;
}

/**
 * Writes an event into the outbox, in the transaction of the change that it tells of. New orders' events
 * are written by the orders' own statement (orders/place-orders-statement.ts).
 *
 * @returns the event's id
 * @throws {Problem} 413 when its payload is larger than 512 KiB
 * @throws {ContractError} when its payload violates the contract: a defect of this service
 */
export function appendEvent<T extends DomainEventType>(
  sql: Sql,
  event: NewEvent<T>,
  route: Route,
): Promise<string> {
  return inSendSpan(event.type, route, (traceparent) =>
    write(sql, event, { ...route, traceparent }),
  );
}

/**
 * Runs what writes an event in the span of its sending.
 *
 * @param write gets the traceparent that the event is to carry: the span's own, where spans are recorded
 */
export function inSendSpan<T>(
  type: DomainEventType,
  { topic, traceparent }: Route,
  write: (traceparent: string) => Promise<T>,
): Promise<T> {
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.destination.name': topic,
    'outbox.event.type': type,
  };
  return inSpan(`send ${topic}`, SpanKind.PRODUCER, attributes, () => {
    const span = currentSpan();
    return write(span === undefined ? traceparent : formatTraceparent(span));
  });
}

async function write<T extends DomainEventType>(
  sql: Sql,
  event: NewEvent<T>,
  { topic, traceparent }: Route,
): Promise<string> {
  const id = uuidv7();
  const payload = checkedPayload(event);
  // The source id is read here, not remembered: a database restored under a running service has
  // another one.
  const written = await sql({
    name: 'append-event',
    text: `INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, topic,
                               aggregateversion, schemaversion, sourceid, traceparent, occurredat)
           SELECT $1, $2, $3, $4, $5, $6, $7, $8, source_id, $9, $10
           FROM source
           RETURNING id`,
    values: [
      id,
      event.aggregateType,
      String(event.aggregateId),
      event.type,
      payload,
      topic,
      event.aggregateVersion,
      currentVersion[event.type],
      traceparent,
      event.payload.occurredAt,
    ],
  });
  if (written.length !== 1) {
    throw new DatabaseUnavailable('the table source has no row: no event without it');
  }
  return id;
}

/**
 * An event's payload as its text.
 *
 * @throws as `appendEvent`
 */
export function checkedPayload<T extends DomainEventType>({ type, payload }: NewEvent<T>): string {
  const text = JSON.stringify(payload);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxPayloadBytes) {
    throw new Problem(413, `its event would have ${bytes} bytes, more than ${maxPayloadBytes}`);
  }
  assertPayload(type, payload);
  return text;
}
