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
import type { Logger } from 'service-kit/logger';
import type { TopicAggregates } from '../model/aggregates';
import type { Identified } from './dead-letter-text';
import type { Reader } from './sql';
import type { Snapshot } from './snapshot';

/** Everything that one transaction changes. It is written whole or not at all. */
export interface Step {
  /** What the views are to show. */
  readonly changes: Changes;
  /** The newest state of the aggregates that it moves on. */
  readonly newest: AppliedVersions;
  readonly parked: readonly Identified[];
  /** What became of dead letters that were read again. */
  readonly settled: readonly Settled[];
  /** The records that were read, for dead letters that they may heal; null: no dead letter is open. */
  readonly healing: readonly Healing[] | null;
  /** Where reading stands after this step, in each partition that it read. Empty: its records were read before. */
  readonly progress: readonly PartitionProgress[];
  readonly sourceId: string | null;
  /** What it was computed from; null: a store that nobody shares needs none. */
  readonly basis: Basis | null;
}

/** How many rows of each view's table a step has written, by the tables' names. */
export type RowsWritten = ReadonlyMap<string, number>;

/** Where one partition stood when a step was computed. */
export interface Basis {
  readonly topic: string;
  readonly partition: number;
  /** How often what is kept of it has changed; null: never yet. */
  readonly seq: number | null;
}

export type AggregateIds = Readonly<Record<AggregateTable, readonly number[]>>;

/** A page of dead letters as they stand in their table, whatever columns that had. */
export type DeadLetterPage = readonly Readonly<Record<string, string | number | null>>[];

/** Views as they are read, whether something moves them or not. */
export interface ReadableViews {
  readonly reader: Reader;
  /** Looks whether all of it can be read, beside everything else. @throws {StorageFault} when it is damaged */
  check(): Promise<void>;
  openSnapshot(): Promise<Snapshot>;
  /**
   * Reads the dead letters, of which another file takes over what it does not know. The views stay open until the last page
   * is read. While they are being written, the pages show different moments. What cannot be read is lost, and logged.
   */
  deadLetterPages(logger: Logger): AsyncGenerator<DeadLetterPage>;
  /** Writes a copy, as of one instant, into a new file. */
  copyTo(file: string): Promise<void>;
  close(): Promise<void>;
}

/** The seam behind which views are kept up to date: deltas, versions and offsets in one transaction. */
export interface ViewStore extends ReadableViews {
  /** Whether others may write what is kept here, too: then each step is of one partition and names its basis. */
  readonly isShared: boolean;
  /** A shared store tells `seq` with it. A partition of which nothing was read has offset -1. */
  progress(): Promise<PartitionProgress[]>;
  origin(): Promise<Origin>;
  /** Stores the cluster's id, unless it is stored already: then nothing is written. */
  setClusterId(clusterId: string): Promise<void>;
  /**
   * The newest applied versions of these aggregates.
   *
   * @param ids by the table of their kind
   * @param basis of the step that is computed from them
   * @throws {HistoryFault} when members share the store, and one of them was in another partition before
   */
  appliedVersions(ids: AggregateIds, basis: Basis | null): Promise<AppliedVersions>;
  /**
   * Nothing of the step is written when it throws, unless a connection broke: then it may be written or not.
   *
   * @throws {HistoryFault} when a total would leave 64 bits
   * @throws {Overtaken} when another member has changed what it was computed from
   */
  commit(step: Step): Promise<RowsWritten>;
  deadLetters(): Promise<DeadLetterCounts>;
  discard(id: number, by: string, why: string): Promise<void>;
  /** Puts on record that reading passes over a batch. */
  skip(batch: SkippedBatch, reason: string, by: string, why: string): Promise<void>;
  skippedBatches(): Promise<SkippedBatch[]>;
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
   * Takes over what another file knew of dead letters; versions that are applied heal them.
   *
   * @param pages asked for one by one, written in one transaction
   */
  carry(pages: AsyncIterable<DeadLetterPage>, topics: TopicAggregates): Promise<void>;
}
