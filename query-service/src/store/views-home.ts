import type { AggregateType } from 'contracts/aggregates';
import type { Logger } from 'service-kit/logger';
import type { TopicAggregates } from '../model/aggregates';
import type { PartitionProgress } from '../model/partition';
import type { StorageFault } from './storage-fault';
import type { KeptView } from './table';
import type { Verification } from './verification';
import type { DeadLetterPage, ReadableViews, ViewStore } from './view-store';

/**
 * Where views are kept: those that serve, those that served before, and those that are being made ready beside them. Each of
 * these is called a file, which names it: it is one in SQLite.
 */
export interface ViewsHome {
  /** Whether the views kept here are in doubt, whichever file serves. */
  readonly verification: Verification;

  /** Opens a file of this version, to be kept up to date. @throws {StorageFault} when it cannot be used */
  open(file: string, kept: Kept): Promise<ViewStore>;
  /** Opens a file of another version, only to be read. @throws {StorageFault} when it cannot be used */
  openFrozen(file: string): Promise<FrozenViews>;
  /** Looks whether an open file is still there. @param onFault called once, at the first thing that is wrong */
  watch(file: string, onFault: (fault: StorageFault) => void): FileWatch;
  /** Whether a file is there and of this version. */
  isUsable(file: string, version: number): Promise<boolean>;

  /**
   * The serving file and its projection version; null when there is none yet.
   *
   * @throws {StorageFault} when the file that is pointed to is gone or no query database
   */
  current(): Promise<{ file: string; version: number } | null>;
  /** The file that is pointed to, whether it is there or not; null when none is. */
  serves(): Promise<string | null>;
  /** The file that served before, kept for a rollback; null when there is none. */
  previous(): string | null;

  /** Makes a new file that nothing names yet. It can be opened, and is lost until it is named. */
  newFile(fill: Fill): Promise<string>;
  /** Makes a new file, then points to it: a crash in between leaves the one before serving. */
  startNewFile(fill: Fill): Promise<string>;
  /** Creates the tables of a new file, with the dead letters of the one whose place it is to take. */
  create(file: string, kept: Kept, carried: CarriedDeadLetters | null): Promise<ViewStore>;
  /** Reads the dead letters of a file that is not open. What cannot be read is lost, and logged. */
  deadLettersIn(file: string, logger: Logger): AsyncGenerator<DeadLetterPage>;

  /** The swap: from here on, this file serves. */
  pointTo(file: string): Promise<void>;
  /** Keeps the file that served last when somebody has put another one in its place, or taken the pointer away. */
  keepReplaced(): Promise<void>;
  /** Names the one file that a rollback goes back to. */
  keep(file: string): Promise<void>;
  /** Deletes every file that is neither pointed to nor kept nor planned. @returns their names */
  tidy(): Promise<string[]>;

  /** The rebuild under way; null when there is none, or it cannot be read as one. */
  plan(): Promise<RebuildPlan | null>;
  record(plan: RebuildPlan): Promise<void>;
  forgetPlan(): Promise<void>;
  /** The file that a plan names. */
  pathOf(name: string): string;

  readonly verify: CandidateChecks;
  /** Lets the next process have it. */
  release(): Promise<void>;
}

/** What a file holds. */
export interface Kept {
  readonly views: readonly KeptView[];
  /** The projection version. */
  readonly version: number;
}

/** Views that nothing moves any more. */
export interface FrozenViews extends ReadableViews {
  progress(): Promise<PartitionProgress[]>;
}

export interface FileWatch {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Fills a new file. @param previous the file whose place it takes, if there is one */
export type Fill = (file: string, previous: string | null) => Promise<void>;

export interface CarriedDeadLetters {
  readonly pages: AsyncIterable<DeadLetterPage>;
  readonly topics: TopicAggregates;
}

/** A rebuild that is under way: it outlives the process. */
export interface RebuildPlan {
  /** The file that is being made ready to serve: its name. */
  readonly candidate: string;
  /** The file that served when it began: its name. */
  readonly before: string;
  readonly why: 'rebuild' | 'rollback' | 'new projection version';
  /** It waits for an operator's word when it is ready. */
  readonly hold: boolean;
  readonly startedAt: string;
}

/** What is looked at before a candidate serves. Each may be ended early by its signal: it throws then. */
export interface CandidateChecks {
  /**
   * Reads the whole candidate: is the file sound, and do its numbers fit together? Each statement sees one commit, so
   * batches may be applied meanwhile.
   *
   * @returns what does not hold, a sentence each; nothing of that can be right by any history
   * @throws {StorageFault} when the file is damaged
   */
  violations(file: string, invariants: readonly string[], signal: AbortSignal): Promise<string[]>;
  /**
   * Which aggregates has the serving file read further than the candidate? Both may go on reading.
   *
   * @throws when the serving file has no such tables
   */
  behindServing(candidate: string, serving: string, signal: AbortSignal): Promise<Behind[]>;
  /** Which of these the candidate still has at an older version than the serving file had. */
  stillBehind(candidate: string, behind: readonly Behind[], signal: AbortSignal): Promise<Behind[]>;
}

/** An aggregate that the serving file has at a newer version. */
export interface Behind {
  readonly kind: AggregateType;
  readonly id: number;
  /** In the serving file, when it was looked at. */
  readonly serving: number;
  /** In the candidate; null: not known there. */
  readonly candidate: number | null;
}

/** How many aggregates of one type are looked up at once. */
export const listed = 1_000;
