import { reason } from 'service-kit/command-errors';
import { CannotCompare } from './cannot-compare';
import { isEqual, type Verdict } from './reconcile';
import { ask, type Replica } from './replica';

const patienceMs = 60_000;

/**
 * Tells a replica that is in doubt of its views that all of them were compared and are equal: from now on it
 * calls them complete.
 *
 * @param verdict of everything, not of some ranges
 * @returns whether there was something to tell
 * @throws {CannotCompare} when the replica does not take it, because other views serve by now
 */
export async function tellVerified(replica: Replica, verdict: Verdict): Promise<boolean> {
  const { unverified } = verdict;
  if (unverified === null || !isEqual(verdict)) return false;
  try {
    const answer = await ask(replica, 'consumption/verified', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: unverified }),
      signal: AbortSignal.timeout(patienceMs),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return true;
  } catch (error) {
    throw new CannotCompare(`${replica.url} is equal, and stays unverified: ${reason(error)}`);
  }
}
