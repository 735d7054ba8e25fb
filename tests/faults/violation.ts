/** What must hold, whatever happens. docs/fault-suite.md says each in a sentence. */
export type Invariant = 'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G';

/** An invariant does not hold. */
export class Violation extends Error {
  override name = 'Violation';

  /**
   * @param what with the smallest key that shows it
   * @param isFinal whether waiting can change nothing about it
   */
  constructor(
    readonly invariant: Invariant,
    what: string,
    readonly isFinal = false,
  ) {
    super(`${invariant}: ${what}`);
  }
}
