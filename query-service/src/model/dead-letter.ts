import { aggregateOf, aggregates, type AggregateType } from 'contracts/aggregates';
import { headerText } from 'contracts/headers';
import type { TopicAggregates } from './aggregates';
import type { Folded } from './changes';
import type { Event } from './event';
import type { EventRecord } from './record';

/**
 * - `open`: its change is missing in the views
 * - `healed`: a version of its aggregate that is not older was applied
 * - `redriven`: it was read again and applied
 * - `discarded`: an operator has decided that nothing is missing, and said why
 */
export type DeadLetterState = 'open' | 'healed' | 'redriven' | 'discarded';

export type DeadLetterCounts = Record<DeadLetterState, number>;

/** A record that could not be applied, kept with the reason. */
export interface Parked {
  readonly record: EventRecord;
  readonly reason: string;
  /** Whether it comes from another database: then no version of this one heals it. */
  readonly isForeign?: boolean;
}

/** An open dead letter that is read again. */
export interface OpenDeadLetter extends Parked {
  readonly id: number;
}

/** The outcome of a dead letter that was read again. */
export interface Settled {
  readonly id: number;
  readonly state: 'open' | 'redriven';
  /** Why it still cannot be applied; null keeps the reason for which it was parked. */
  readonly reason: string | null;
  /** Who had it read again. */
  readonly by: string;
  /** The record that was applied; absent when it could not be. */
  readonly record?: EventRecord;
}

/** What is known of a record that could not be applied. Null where the record does not say it. */
export interface DeadLetterIdentity {
  readonly eventId: string | null;
  readonly kind: AggregateType | null;
  /** The aggregate's id. */
  readonly subject: number | null;
  readonly version: number | null;
}

/**
 * Finds the aggregate and the version of a record. They decide what heals it: any event of that aggregate that is not
 * older (docs/decisions/0013-what-ends-a-dead-letter.md).
 *
 * Nothing is guessed: where the key and the payload's id differ, the aggregate is not known.
 *
 * @param isForeign its ids and versions are another database's, so they name nothing here
 */
export function identify(
  record: EventRecord,
  topics: TopicAggregates,
  isForeign = false,
): DeadLetterIdentity {
  if (isForeign) {
    const eventId = headerText(record.headers, 'id');
    return { eventId, kind: null, subject: null, version: null };
  }
  const type = headerText(record.headers, 'eventType') ?? '';
  const kind = aggregateOf(type) ?? topics.get(record.topic) ?? null;
  const key = safeId(record.key);
  const inPayload = kind === null ? null : idInPayload(record.value, kind);
  const agree = record.key === null || inPayload === null || key === inPayload;
  return {
    eventId: headerText(record.headers, 'id'),
    kind,
    subject: agree ? (key ?? inPayload) : null,
    version: safeId(headerText(record.headers, 'aggregateVersion')),
  };
}

/** An event that was read, with what it takes to heal a dead letter that does not tell its version. */
export interface Healing {
  readonly record: EventRecord;
  /** The aggregate's type. */
  readonly kind: AggregateType;
  /** Whether it was newer than the known version of its aggregate. */
  readonly newer: boolean;
}

/** The events of a batch that can heal dead letters which do not tell their version. */
export function healingOf(events: readonly Event[], { newest, refused }: Folded): Healing[] {
  // Refused events heal nothing, although they were read.
  const left = new Set(refused.map(({ event }) => event));
  return events
    .filter((event) => !left.has(event))
    .map(({ aggregate, id, version, record }) => {
      const applied = newest[aggregates[aggregate].table].get(id)?.version;
      return { record, kind: aggregate, newer: applied === version };
    });
}

function idInPayload(value: Buffer | null, kind: AggregateType): number | null {
  try {
    const payload = JSON.parse(value?.toString() ?? '') as Record<string, unknown> | null;
    const id = payload?.[aggregates[kind].idField];
    return typeof id === 'number' ? safeId(String(id)) : null;
  } catch {
    return null;
  }
}

function safeId(text: string | null): number | null {
  const id = /^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : NaN;
  return Number.isSafeInteger(id) ? id : null;
}
