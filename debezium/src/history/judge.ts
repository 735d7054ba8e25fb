import { changeOfHistory, type History } from 'contracts/history';

/** A place in PostgreSQL's log, in bytes. */
export type Lsn = bigint;

/** Up to where Connect has come, in one Kafka transaction with the records. */
export interface Position {
  /** Where the last transaction ends that is in Kafka as a whole; null: none is. */
  readonly commit: Lsn | null;
  /** Where the change of the last record begins: its transaction may be the next one. */
  readonly change: Lsn | null;
}

/** An event of those that stand last in a partition. */
export interface RelayedLast {
  readonly id: string;
  /** `order:17@3` */
  readonly name: string;
  readonly version: number;
  readonly isOfThisSource: boolean;
  readonly isInOutbox: boolean;
  /** Of its aggregate in PostgreSQL; null: there is none. */
  readonly storedVersion: number | null;
}

/** What is known when the history is another one than was accepted, and the connector stands still. */
export interface Evidence {
  readonly present: History;
  /** null: it was refused. */
  readonly accepted: History | null;
  /** Where each timeline before the present one was left. */
  readonly switches: ReadonlyMap<number, Lsn>;
  /** Up to where PostgreSQL has written. */
  readonly end: Lsn;
  /** null: Connect has none. */
  readonly position: Position | null;
  /** The last events of each partition of the event topics. */
  readonly last: readonly RelayedLast[];
  /** Up to where the slot has been read; null: there is none that can be. */
  readonly slotConfirmed: Lsn | null;
}

export type Verdict =
  | {
      /** Kafka holds nothing that PostgreSQL does not hold. */
      readonly kind: 'continued';
      /** Whether the slot still gives all that Kafka does not hold. */
      readonly keepsSlot: boolean;
    }
  | {
      /** Kafka holds what PostgreSQL has lost, or nobody can tell that it does not. */
      readonly kind: 'lost';
      /** What shows it, without a full stop. */
      readonly why: string;
    };

/** What is seen of PostgreSQL's history. */
export type HistorySeen =
  | { readonly kind: 'standby' }
  | { readonly kind: 'accepted' }
  | {
      readonly kind: 'closed';
      readonly present: History;
      readonly accepted: History | null;
      /** null: not yet. */
      readonly verdict: Verdict | null;
    };

/** Few enough that the sentence can be read. */
const named = 10;

/**
 * Whether PostgreSQL, in the history in which it runs now, goes on from where Kafka stands. Pure.
 *
 * Two proofs, of which each alone is not enough. The position does not tell of the transaction whose records came last, for it is
 * written with them: that one's records stand at the end of their partitions. And the ends of the partitions are other records,
 * where events were relayed again, which no commit does together with something new.
 */
export function judge(evidence: Evidence): Verdict {
  const { present, accepted, last, position } = evidence;
  const ours = last.filter(({ isOfThisSource }) => isOfThisSource);
  // One of another source among ours is somebody's who writes there. `new-history` empties the topics: all are of its source then.
  const unknown = (ours.length > 0 ? ours.filter((event) => !isKnown(event)) : last).map(
    ({ name }) => name,
  );
  if (unknown.length > 0) {
    const more = unknown.length > named ? ` and ${unknown.length - named} more` : '';
    return lost(`Kafka has ${unknown.slice(0, named).join(', ')}${more}, which PostgreSQL has not`);
  }
  if (
    accepted === null ||
    present.system !== accepted.system ||
    present.outbox !== accepted.outbox
  ) {
    return lost(`${changeOfHistory(present, accepted)}, so nobody can tell what it has lost`);
  }
  if (position === null) {
    if (last.length > 0)
      return lost('Connect has no position, so nobody can tell what is in Kafka');
    return { kind: 'continued', keepsSlot: false };
  }
  const end = endOfAccepted(evidence, accepted);
  if (end === null) {
    return lost(`timeline ${present.timeline} does not go on from timeline ${accepted.timeline}`);
  }
  if (isBeyond(position, end)) {
    return lost(`Kafka has what stood after ${lsnText(end)} on timeline ${accepted.timeline}`);
  }
  return { kind: 'continued', keepsSlot: givesTheRest(evidence, position) };
}

const lost = (why: string): Verdict => ({ kind: 'lost', why });

/** A row that was purged has left its aggregate, which has a version no older. */
const isKnown = ({ isInOutbox, storedVersion, version }: RelayedLast): boolean =>
  isInOutbox || (storedVersion !== null && storedVersion >= version);

/** Up to where the present history is the accepted one; null: the accepted timeline is none of those that lead to it. */
function endOfAccepted({ present, switches, end }: Evidence, accepted: History): Lsn | null {
  if (present.timeline === accepted.timeline) return end;
  return switches.get(accepted.timeline) ?? null;
}

/**
 * Whether something of what is in Kafka stands after this place.
 *
 * @param end not included
 */
export const isBeyond = ({ commit, change }: Position, end: Lsn): boolean =>
  (commit !== null && commit > end) || (change !== null && change >= end);

/** Debezium goes on at its position, also in a slot that begins after it. */
function givesTheRest({ slotConfirmed }: Evidence, { commit, change }: Position): boolean {
  const reached = commit ?? change;
  return slotConfirmed !== null && reached !== null && slotConfirmed <= reached;
}

/** As PostgreSQL writes it: `0/3000148`. @throws when it is none */
export function parseLsn(text: string): Lsn {
  const [, high, low] = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text.trim()) ?? [];
  if (high === undefined || low === undefined) throw new Error(`not a place in the log: "${text}"`);
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export const lsnText = (lsn: Lsn): string =>
  `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();

/**
 * Reads a timeline's history, as TIMELINE_HISTORY answers it: a line for each timeline before it, with where that was left.
 *
 * @throws for a line that is none
 */
export function parseTimelines(text: string): Map<number, Lsn> {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [timeline = '', end = ''] = line.split('\t');
      if (!/^\d+$/.test(timeline.trim())) throw new Error(`not a line of a timeline: "${line}"`);
      return [Number(timeline), parseLsn(end)];
    }),
  );
}
