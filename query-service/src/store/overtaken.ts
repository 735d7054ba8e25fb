/**
 * Another member has written a partition's position since this one read it, so what was computed from that must not be
 * written. Read the position again, and go on there.
 */
export class Overtaken extends Error {
  override name = 'Overtaken';

  /** @param where the partition, or what else names it */
  constructor(where: string) {
    super(`another member has read on in ${where}`);
  }
}
