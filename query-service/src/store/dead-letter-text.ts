import { commandOf } from 'contracts/commands';
import type { DeadLetterIdentity, Parked } from '../model/dead-letter';
import type { LostRange, SkippedBatch } from '../model/partition';
import type { EventRecord } from '../model/record';

/** The reason of a dead letter that stands for a range of offsets. */
export const lostReason = ({ first, last }: LostRange): string =>
  `offsets ${first} to ${last} were deleted from the topic before they were read: ` +
  `run \`${commandOf({ script: 'reconcile', args: [] })}\`, repair what differs, then discard this`;

export const skippedReason = ({ last }: SkippedBatch, reason: string): string =>
  `a batch up to offset ${last} cannot be decoded (${reason})`;

/** A record to be parked, with the aggregate and version that it names. */
export type Identified = Parked & { readonly identity: DeadLetterIdentity };

/**
 * A parked record's row: topic, partition, record_offset, key, headers, value, reason, event_id, kind, subject, version.
 */
export const parkedRow = ({ record, reason, identity }: Identified) => [
  record.topic,
  record.partition,
  record.offset,
  record.key,
  textOf(record.headers),
  record.value?.toString('base64') ?? null,
  reason,
  identity.eventId,
  identity.kind,
  identity.subject,
  identity.version,
];

/** Headers as a JSON object of texts. A header's value is bytes, several of them, or none. */
function textOf(headers: EventRecord['headers']): string {
  const texts = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(String) : (value?.toString() ?? null),
  ]);
  return JSON.stringify(Object.fromEntries(texts));
}
