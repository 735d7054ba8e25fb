import { aggregateOf, aggregates, type AggregateType } from 'contracts/aggregates';
import { headerText } from 'contracts/headers';
import type { TopicAggregates } from './aggregates';
import type { Folded } from './changes';
import type { Event } from './event';
import type { EventRecord } from './record';

/**
 * - `open`: what it meant to change is missing in the views
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
  /** It is of another database: no version of ours makes it good. */
  readonly isForeign?: boolean;
}

/** An open dead letter as it is read again. */
export interface OpenDeadLetter extends Parked {
  readonly id: number;
}

/** What became of a dead letter that was read again. */
export interface Settled {
  readonly id: number;
  readonly state: 'open' | 'redriven';
  /** Why it still cannot be applied; null keeps the reason that it was parked for. */
  readonly reason: string | null;
  /** Who had it read again. */
  readonly by: string;
  /** What was read; absent: nothing that could be applied. */
  readonly record?: EventRecord;
}

/** What can be told of a record that could not be applied. Null: it does not say. */
export interface DeadLetterIdentity {
  readonly eventId: string | null;
  readonly kind: AggregateType | null;
  /** The aggregate's id. */
  readonly subject: number | null;
  readonly version: number | null;
}

/**
 * Finds which version of which aggregate a record meant to tell. That decides what makes it good: any
 * event of that aggregate that is not older (docs/decisions/0013-what-ends-a-dead-letter.md).
 *
 * Nothing is guessed: where the key and the payload's id differ, the aggregate is not known.
 *
 * @param isForeign its ids and versions are another database's: they name nothing here
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

/** An event that was read, as far as it can make a dead letter good that does not tell its version. */
export interface Healing {
  readonly record: EventRecord;
  /** The aggregate's type. */
  readonly kind: AggregateType;
  /** It was newer than what was known of its aggregate. */
  readonly newer: boolean;
}

/** What a batch's events can heal of the dead letters that do not tell their version. */
export function healingOf(events: readonly Event[], { newest, refused }: Folded): Healing[] {
  // What was refused has healed nothing, not even by being read.
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
