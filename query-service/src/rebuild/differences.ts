import type { RecordPlace } from '../model/record';
import { partitionName } from '../model/partition';
import type { Candidate } from './candidate';
import type { Reader } from '../store/sql';
import { type Behind, type CandidateChecks, listed } from '../store/views-home';

/** The serving file, with which a candidate is compared. */
export interface Baseline {
  readonly file: string;
  /**
   * Its positions when it is not read into any more; null when it is, because the swap then waits for the candidate to
   * reach it.
   */
  readonly stored: readonly RecordPlace[] | null;
}

/** The means of a comparison. */
export interface Comparison {
  readonly checks: CandidateChecks;
  /** Resolves when the candidate has read everything that was written before the call. */
  readonly reachEnd: () => Promise<void>;
  /** Aborts the comparison, which then throws. */
  readonly signal: AbortSignal;
}

/** How many aggregates are named of those that are behind. */
const named = 10;

/**
 * Lists what the serving file has and the candidate lacks, although it has read everything. Either the serving file is
 * wrong, or the topics have lost something: only a comparison with PostgreSQL tells which, and an operator decides.
 */
export async function differences(
  candidate: Candidate,
  { file, stored }: Baseline,
  comparison: Comparison,
): Promise<string[]> {
  const short = (stored ?? []).filter((place) => !candidate.reaches([place]));
  const partitions = short.map(
    ({ topic, partition, offset }) =>
      `the serving file stands at ${partitionName(topic, partition)}@${offset}, the candidate before it`,
  );
  try {
    const behind = await behindForGood(candidate, file, comparison);
    const more = behind.length > named ? [`… and ${behind.length - named} more aggregates`] : [];
    return [...partitions, ...behind.slice(0, named).map(sentence), ...more];
  } catch (error) {
    if (comparison.signal.aborted || candidate.failure !== null) throw error;
    // The serving file is damaged, or its version has other tables.
    return [...partitions, `the serving file cannot be compared: ${(error as Error).message}`];
  }
}

/**
 * Finds the aggregates that stay behind. Those that are behind at first may be on their way, so the candidate first
 * reads what was written meanwhile.
 */
async function behindForGood(
  candidate: Candidate,
  serving: string,
  { checks, reachEnd, signal }: Comparison,
): Promise<Behind[]> {
  for (;;) {
    const behind = await checks.behindServing(candidate.file, serving, signal);
    if (behind.length === 0) return [];
    await reachEnd();
    const still = await stillBehind(candidate.store.reader, behind);
    // When as many were behind as one look lists, there may be more.
    if (still.length > 0 || behind.length < listed) return still;
  }
}

/** Those that the candidate still has at an older version than the serving file had. */
async function stillBehind(candidate: Reader, behind: readonly Behind[]): Promise<Behind[]> {
  const names = behind.map(({ kind, id }) => ({ type: kind, id }));
  const versions = await candidate.versionsOf(names);
  return behind
    .map((one, i) => ({ ...one, candidate: versions[i] || null }))
    .filter((one) => (one.candidate ?? 0) < one.serving);
}

const sentence = ({ kind, id, serving, candidate }: Behind): string =>
  `${kind}:${id} is at version ${serving} in the serving file and ` +
  (candidate === null ? 'unknown to the candidate' : `at ${candidate} in the candidate`);
