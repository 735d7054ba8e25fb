import { headerText } from 'contracts/headers';
import { parseTraceparent } from 'service-kit/trace-context';
import { isTracing, recordSpan, SpanKind } from 'service-kit/tracing';
import type { Event } from '../model/event';
import { recordName } from '../model/record';

/** How many events a batch's span is linked to at most; the traces of further events lack this hop. */
const tracedEvents = 100;

/**
 * An event that was relayed longer ago is being read again, by a rebuild for example, and is no part of its command's
 * trace.
 */
const tracedForMs = 300_000;

/**
 * Records the spans of the commands in a committed batch. Debezium and Kafka record no spans, so their hops are
 * recorded here, by the times in the events. In the trace of each sampled command:
 *
 * - `relay`: from its write until Debezium made the record (clocks of PostgreSQL and of Connect)
 * - `deliver`: until the batch with it was taken up (Kafka's transaction and fetch, a wait for the batch before)
 * - `apply`: until the commit that shows it, linked to the batch's own span
 *
 * @param began when the batch was taken up
 * @param visible when it was committed
 */
export function traceBatch(events: readonly Event[], began: Date, visible: Date): void {
  if (!isTracing()) return;
  const traced = events.flatMap((event) => whatIsTraced(event, began)).slice(0, tracedEvents);
  if (traced.length === 0) return;

  const batch = recordSpan({
    name: 'apply batch',
    kind: SpanKind.CONSUMER,
    from: began,
    to: visible,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.batch.message_count': events.length,
    },
    links: traced.map(({ parent }) => parent),
  });

  for (const { event, parent, relayedAt } of traced) {
    const attributes = {
      'messaging.destination.name': event.record.topic,
      'messaging.kafka.record': recordName(event.record),
      'outbox.aggregate': `${event.aggregate}:${event.id}@${event.version}`,
    };
    const hop = (name: string, from: Date, to: Date, links: (typeof batch)[] = []): void => {
      const linked = links.filter((link) => link !== undefined);
      recordSpan({ name, kind: SpanKind.CONSUMER, attributes, from, to, parent, links: linked });
    };
    hop('relay', new Date(event.occurredAt), relayedAt);
    hop('deliver', relayedAt, began);
    hop('apply', began, visible, [batch]);
  }
}

/** The trace of an event, if its traceparent says that it is recorded, and it comes for the first time. */
function whatIsTraced(event: Event, now: Date) {
  const { headers, timestamp } = event.record;
  const parent = parseTraceparent(headerText(headers, 'traceparent') ?? '');
  if (parent === undefined || (parent.traceFlags & 1) === 0 || timestamp === undefined) return [];
  const relayedAt = new Date(Number(timestamp));
  return now.getTime() - relayedAt.getTime() > tracedForMs ? [] : [{ event, parent, relayedAt }];
}
