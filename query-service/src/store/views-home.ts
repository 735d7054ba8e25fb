import type { AggregateType } from 'contracts/aggregates';
import type { PartitionProgress } from '../model/partition';
import type { StorageFault } from './storage-fault';
import type { KeptView } from './table';
import type { Verification } from './verification';
import type { ViewsWatch } from './views-watch';
import type { ReadableViews, ViewStore } from './view-store';

/**
 * Stores sets of views: the serving one, the previous one, and candidates. Each set is called a file, because in SQLite
 * it is one.
 */
export interface ViewsHome {
  /** Whether the views kept here are in doubt, whichever file serves. */
  readonly verification: Verification;

  /** Whether what it calls a file is one, which can be copied. */
  readonly keepsFiles: boolean;

  /** Opens a file of this version, to be kept up to date. @throws {StorageFault} when it cannot be used */
  open(file: string, kept: Kept): Promise<ViewStore>;
  /** Opens a file of another version, only to be read. @throws {StorageFault} when it cannot be used */
  openFrozen(file: string): Promise<FrozenViews>;
  /** Watches whether an open file still exists. @param onFault called once, with the first fault */
  watch(file: string, onFault: (fault: StorageFault) => void): ViewsWatch;
  /** Whether a file exists and has this version. */
  isUsable(file: string, version: number): Promise<boolean>;

  /**
   * The serving file and its projection version; null when there is none yet.
   *
   * @throws {StorageFault} when the file that is pointed to is gone or no query database
   */
  current(): Promise<{ file: string; version: number } | null>;
  /** The file that the pointer names, whether it exists or not; null without a pointer. */
  serves(): Promise<string | null>;
  /** The file that served before, kept for a rollback; null when there is none. */
  previous(): string | null;

  /** A name for a new file. Until something names a file that is there, `tidy` would delete it. */
  newName(): string;
  /** Creates a new file, with its tables. */
  create(file: string, kept: Kept): Promise<ViewStore>;

  /**
   * Makes this process the one that makes and deletes files, and runs rebuilds, until it says `unclaim`, or ends.
   *
   * @returns false when another member is
   */
  claim(): Promise<boolean>;
  unclaim(): Promise<void>;
  /**
   * Holds up what other members write into the views that serve, while `work` puts others in their place.
   *
   * @param serving null: they cannot be relied on, and nobody is held up
   * @param work gets where they stand, null when nobody else writes; returns whether it has pointed to others. Perhaps called
   *   again, when the database asks for that
   * @returns what `work` has; false when others serve already
   */
  standStill(
    serving: string | null,
    work: (progress: readonly PartitionProgress[] | null) => Promise<boolean>,
  ): Promise<boolean>;
  /**
   * Calls back when another member has perhaps put other views in place, planned a rebuild or left one behind, until `release`;
   * again, when that throws. Nobody else writes into a folder.
   */
  follow(onMoved: () => Promise<void>): void;

  /** The swap: from here on, this file serves. */
  pointTo(file: string): Promise<void>;
  /** Keeps the file that served last after somebody has put another one in its place or removed the pointer. */
  keepReplaced(): Promise<void>;
  /** Names the file to which a rollback goes back. */
  keep(file: string): Promise<void>;
  /** Deletes every file that is neither pointed to nor kept nor planned. @returns their names */
  tidy(): Promise<string[]>;

  /** The running rebuild; null when there is none, or its plan cannot be read. */
  plan(): Promise<RebuildPlan | null>;
  record(plan: RebuildPlan): Promise<void>;
  forgetPlan(): Promise<void>;
  /** The file that a plan names. */
  pathOf(name: string): string;

  readonly verify: CandidateChecks;
  /** Releases the lock on it for the next process. */
  release(): Promise<void>;
}

/** The contents of a file. */
export interface Kept {
  readonly views: readonly KeptView[];
  /** The projection version. */
  readonly version: number;
}

/** Views that are no longer kept up to date. */
export interface FrozenViews extends ReadableViews {
  progress(): Promise<PartitionProgress[]>;
}

/** Makes a new file, and then points to it; after a crash in between, the old file still serves. */
export async function startNewFile(
  home: ViewsHome,
  fill: (file: string) => Promise<void>,
): Promise<string> {
  const before = await home.serves();
  const file = home.newName();
  await fill(file);
  await home.pointTo(file);
  if (before !== null) await home.keep(before);
  return file;
}

/** The plan of a running rebuild, which outlives the process. */
export interface RebuildPlan {
  /** The name of the file that is being filled. */
  readonly candidate: string;
  /** The name of the file that served when the rebuild began. */
  readonly before: string;
  readonly why: 'rebuild' | 'rollback' | 'new projection version';
  /** Whether it waits for an operator when it is ready. */
  readonly hold: boolean;
  readonly startedAt: string;
}

/** The checks before a candidate serves. A signal aborts each of them, which then throws. */
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
   * Lists the aggregates that the serving file has at a newer version than the candidate. Both may go on reading.
   *
   * @throws when the serving file has no such tables
   */
  behindServing(candidate: string, serving: string, signal: AbortSignal): Promise<Behind[]>;
}

/** An aggregate that the serving file has at a newer version. */
export interface Behind {
  readonly kind: AggregateType;
  readonly id: number;
  /** The version in the serving file when it was read. */
  readonly serving: number;
  /** The version in the candidate; null when it does not know the aggregate. */
  readonly candidate: number | null;
}

/** How many aggregates of one kind a check lists at most. */
export const listed = 1_000;
