/** The longest wait. Longer ones would rarely help: the change is some milliseconds away, or something is wrong. */
export const maxWaitSeconds = 10;

/**
 * Reads how long a client would wait from `Prefer` (RFC 7240): `wait=2`, among other preferences.
 *
 * @returns whole seconds, at most `maxWaitSeconds`; null when it states none, or none that can be read:
 *   a preference is never an error
 */
export function readWait(header: string): number | null {
  for (const preference of header.split(',')) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i.exec(preference) ?? [];
    if (seconds !== undefined) return Math.min(Number(seconds), maxWaitSeconds);
  }
  return null;
}
