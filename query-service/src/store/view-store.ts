import type { Known, KnownOrder } from '../apply/changes';
import type { AggregateType } from 'contracts/topics';
import type { GapChanges, VersionGap } from '../apply/gaps';
import type { LetterIdentity } from '../apply/letter';
import type { Reader, Statement } from '../views/view';
import type { Connection } from './connection';
import type { Healing, LetterCounts, LostRange, Parked, Settled } from './dead-letters';

/** Where reading a partition resumes, and how to tell that it is still the same partition. */
export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the last record that was applied, parked or skipped. */
  readonly offset: number;
  /** That record's event id; null when it had none. */
  readonly eventId: string | null;
}

/** What ties the stored numbers to one PostgreSQL database and one Kafka cluster. */
export interface Origin {
  readonly sourceId: string | null;
  readonly clusterId: string | null;
}

/** Where a partition may begin although its first records are gone: an operator has accepted that. */
export interface AcceptedBeginning {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What a rewound reader was told to accept. */
export interface Rewound {
  /** How far each partition had been read, in the history before. */
  readonly before: readonly PartitionProgress[];
  /** Of the history before. */
  readonly clusterId: string | null;
}

/** Everything that one transaction changes. It is written whole or not at all. */
export interface Step {
  readonly statements: readonly Statement[];
  readonly orders: ReadonlyMap<number, KnownOrder>;
  readonly products: ReadonlyMap<number, number>;
  readonly parked: readonly (Parked & { readonly identity: LetterIdentity })[];
  /** What became of letters that were read again. */
  readonly settled: readonly Settled[];
  /** The records that were read, for letters that they may heal; null: no letter is open. */
  readonly healing: readonly Healing[] | null;
  /** Null: no gap is open, and none was found. */
  readonly gaps: GapChanges | null;
  /** Of the partitions that it reads on in; none: these records were read before. */
  readonly progress: readonly PartitionProgress[];
  readonly sourceId: string | null;
}

/**
 * The seam behind which the views are kept: deltas, versions and offsets in one transaction.
 *
 * One copy per replica today, in SQLite. A database that several members of one group share could
 * take its place; then `known` and `commit` would have to be one transaction.
 */
export interface ViewStore extends Reader {
  progress(): Promise<PartitionProgress[]>;
  origin(): Promise<Origin>;
  /** Notes it, unless it is noted already: then nothing is written. */
  setClusterId(clusterId: string): Promise<void>;
  /** The newest applied versions of these aggregates. */
  known(orders: readonly number[], products: readonly number[]): Promise<Known>;
  /** @throws {TotalExceeded} when a total would not stay exact; nothing of the step is written then */
  commit(step: Step): Promise<void>;
  deadLetters(): Promise<LetterCounts>;
  discard(id: number, by: string, why: string): Promise<void>;
  openGaps(): Promise<number>;
  openGapsOf(kind: AggregateType, ids: readonly number[]): Promise<VersionGap[]>;
  /**
   * Forgets where reading stood, so that it starts at the beginning; the versions make that safe. What
   * it stood at is kept until `accept`: it tells which deleted records nobody has read.
   */
  rewind(): Promise<void>;
  /** What was rewound and not accepted yet; null when nothing was. */
  rewound(): Promise<Rewound | null>;
  /** Lets partitions begin where they begin now, and parks what was lost by that. */
  accept(beginnings: readonly AcceptedBeginning[], lost: readonly LostRange[]): Promise<void>;
  acceptedBeginnings(): Promise<AcceptedBeginning[]>;
  /**
   * Takes over what another file knew of dead letters and gaps; versions that are applied heal them.
   *
   * @param pieces asked for one by one, written in one transaction
   */
  carry(pieces: AsyncIterable<Statement>): Promise<void>;
  /** Reads the whole file, beside everything else. @throws {StorageFault} when it is damaged */
  check(): Promise<void>;
  /** A reading connection of the caller's own, for a transaction that lasts. The caller closes it. */
  openSnapshot(): Promise<Connection>;
  close(): Promise<void>;
}
