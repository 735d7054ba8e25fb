import type { AggregateTable } from 'contracts/aggregates';
import type { AppliedVersions, Changes } from '../model/changes';
import type { Healing, DeadLetterCounts, Settled } from '../model/dead-letter';
import type { Origin, Rewound } from '../model/history';
import type {
  AcceptedBeginning,
  LostRange,
  PartitionProgress,
  SkippedBatch,
} from '../model/partition';
import type { CarriedRow, Identified } from './dead-letters';
import type { Reader } from './sql';
import type { Snapshot } from './snapshot';

/** Everything that one transaction changes. It is written whole or not at all. */
export interface Step {
  /** The changes of the views. */
  readonly changes: Changes;
  /** The newest state of the aggregates that it changes. */
  readonly newest: AppliedVersions;
  readonly parked: readonly Identified[];
  /** The outcome of dead letters that were read again. */
  readonly settled: readonly Settled[];
  /** The records that were read, for dead letters that they may heal; null: it is known that none is open. */
  readonly healing: readonly Healing[] | null;
  /** The position after this step in each partition that it read; empty when its records were read before. */
  readonly progress: readonly PartitionProgress[];
  readonly sourceId: string | null;
  /** The basis on which it was computed; null in a store that nobody shares. */
  readonly basis: Basis | null;
}

/** How many rows of each view's table a step has written, by the tables' names. */
export type RowsWritten = ReadonlyMap<string, number>;

/** The state of one partition when a step was computed. */
export interface Basis {
  readonly topic: string;
  readonly partition: number;
  /** How often the partition's stored state has changed; null when nothing is stored yet. */
  readonly seq: number | null;
}

export type AggregateIds = Readonly<Record<AggregateTable, readonly number[]>>;

/** Views that can be read, whether they are kept up to date or not. */
export interface ReadableViews {
  readonly reader: Reader;
  /** Checks that all data can be read, while other work goes on. @throws {StorageFault} when it is damaged */
  check(): Promise<void>;
  openSnapshot(): Promise<Snapshot>;
  /** Writes a copy of one instant into a new file. */
  copyTo(file: string): Promise<void>;
  close(): Promise<void>;
}

/** How far a partition was read: everything before `offset` is applied. */
export type Position = Pick<PartitionProgress, 'topic' | 'partition' | 'offset'>;

/** What is stored at one instant of views that members share, whoever has stored it. */
export interface Sight {
  /** Raised when an operator has decided something that all members have to read anew for. */
  readonly epoch: number;
  /** With `seq`. */
  readonly progress: readonly PartitionProgress[];
  readonly positions: readonly Position[];
  readonly openDeadLetters: number;
}

/** What members of one consumer group tell each other by the store that they share. */
export interface Sharing {
  look(): Promise<Sight>;
  /** Says how far partitions were read, transaction markers included. Not taken when the epoch is another one by now. */
  report(positions: readonly Position[], epoch: number): Promise<void>;
  /**
   * Stores how many partitions each topic has, unless that is stored.
   *
   * @throws {HistoryFault} when another number is stored: keys have moved to other partitions, away from what is kept of them
   */
  checkPartitions(counts: ReadonlyMap<string, number>): Promise<void>;
}

/** The seam behind which views are kept up to date: deltas, versions and offsets in one transaction. */
export interface ViewStore extends ReadableViews {
  /** What members that write here together tell each other: each step is of one partition then, and names its basis. Null: nobody else writes. */
  readonly sharing: Sharing | null;
  /** A shared store tells `seq` with it. A partition of which nothing was read has offset -1. */
  progress(): Promise<PartitionProgress[]>;
  origin(): Promise<Origin>;
  /** Stores the cluster's id; writes nothing when it is stored already. */
  setClusterId(clusterId: string): Promise<void>;
  /**
   * The newest applied versions of these aggregates.
   *
   * @param ids by the table of their kind
   * @param basis the basis of the step that is computed from them
   * @throws {Elsewhere} when members share the store, and some of them are kept of other partitions
   */
  appliedVersions(ids: AggregateIds, basis: Basis | null): Promise<AppliedVersions>;
  /**
   * Writes a step, and calls `onWriting` when nothing is left to do but to wait for the database. When it throws, nothing is written, except that after a broken connection the step may be written.
   *
   * @throws {HistoryFault} when a total would leave 64 bits
   * @throws {Overtaken} when another member has changed its basis
   */
  commit(step: Step, onWriting?: () => void): Promise<RowsWritten>;
  deadLetters(): Promise<DeadLetterCounts>;
  discard(id: number, by: string, why: string): Promise<void>;
  /** Records that a batch is skipped. */
  skip(batch: SkippedBatch, reason: string, by: string, why: string): Promise<void>;
  skippedBatches(): Promise<SkippedBatch[]>;
  /**
   * Forgets the positions, so that reading starts at the beginning; the versions make that safe. The old positions are
   * kept until `accept`: they tell which deleted records nobody has read.
   */
  rewind(): Promise<void>;
  /** A rewind that is not accepted yet; null when there is none. */
  rewound(): Promise<Rewound | null>;
  /** Accepts the present beginnings of partitions, and parks the ranges that were lost. */
  accept(beginnings: readonly AcceptedBeginning[], lost: readonly LostRange[]): Promise<void>;
  acceptedBeginnings(): Promise<AcceptedBeginning[]>;
  /**
   * Takes over the dead letters of another file; applied versions heal them.
   *
   * @param pages asked for one by one, written in one transaction
   */
  carry(pages: AsyncIterable<readonly CarriedRow[]>): Promise<void>;
}
