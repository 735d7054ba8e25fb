import type { RecordPlace } from '../model/record';
import { partitionName } from '../model/partition';
import type { Candidate } from './candidate';
import { type Behind, type CandidateChecks, listed } from '../store/views-home';

/** The serving file, as far as a candidate is measured by it. */
export interface Baseline {
  readonly file: string;
  /** Where it stands when nothing moves it any more; null: it reads on, and is waited for at the swap. */
  readonly stored: readonly RecordPlace[] | null;
}

/** What it takes to compare. */
export interface Comparison {
  readonly checks: CandidateChecks;
  /** Resolves when the candidate has read what was written up to its call. */
  readonly reachEnd: () => Promise<void>;
  /** Ends it early: it throws then. */
  readonly signal: AbortSignal;
}

/** How many of the aggregates that are behind are named. */
const named = 10;

/**
 * What the serving file has and the candidate, which has read everything, has not. Either the serving file
 * is wrong, or the topics have lost something: only comparing with PostgreSQL tells, and an operator decides.
 *
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
    const behind = await behindForGood(candidate.file, file, comparison);
    const more = behind.length > named ? [`… and ${behind.length - named} more aggregates`] : [];
    return [...partitions, ...behind.slice(0, named).map(sentence), ...more];
  } catch (error) {
    if (comparison.signal.aborted || candidate.failure !== null) throw error;
    // Damaged, or of a version with other tables.
    return [...partitions, `the serving file cannot be compared: ${(error as Error).message}`];
  }
}

/** What is behind at first may be on its way: the candidate is given what was written meanwhile. */
async function behindForGood(
  candidate: string,
  serving: string,
  { checks, reachEnd, signal }: Comparison,
): Promise<Behind[]> {
  for (;;) {
    const behind = await checks.behindServing(candidate, serving, signal);
    if (behind.length === 0) return [];
    await reachEnd();
    const still = await checks.stillBehind(candidate, behind, signal);
    // When as many were behind as are looked up at once, there may be more.
    if (still.length > 0 || behind.length < listed) return still;
  }
}

const sentence = ({ kind, id, serving, candidate }: Behind): string =>
  `${kind}:${id} is at version ${serving} in the serving file and ` +
  (candidate === null ? 'unknown to the candidate' : `at ${candidate} in the candidate`);
