import { reason } from 'service-kit/command-errors';
import { CannotCompare } from './cannot-compare';
import type { Replica } from './config';
import { isEqual, type Verdict } from './reconcile';

const patienceMs = 60_000;

/**
 * Tells a replica that is in doubt of its views that all of them were compared and are equal: from now on it
 * calls them complete.
 *
 * @param verdict of everything, not of some ranges
 * @returns whether there was something to tell
 * @throws {CannotCompare} when the replica does not take it, because other views serve by now
 */
export async function tellVerified(
  { url, headers = () => ({}) }: Replica,
  verdict: Verdict,
): Promise<boolean> {
  const { unverified } = verdict;
  if (unverified === null || !isEqual(verdict)) return false;
  const address = new URL('consumption/verified', url.endsWith('/') ? url : `${url}/`);
  try {
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers() },
      body: JSON.stringify({ token: unverified }),
      signal: AbortSignal.timeout(patienceMs),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return true;
  } catch (error) {
    throw new CannotCompare(`${url} is equal, and stays unverified: ${reason(error)}`);
  }
}
