/**
 * - `missing`: an event has not arrived within the deadline, or never will
 * - `ahead`: a version that PostgreSQL has not written
 * - `unknown`: an aggregate that PostgreSQL does not have
 * - `changed`: the same version with another status or content: PostgreSQL's row was changed without an event
 * - `miscounted`: the same, but the event says what PostgreSQL says, and the views something else
 * - `total`: a row of a view is not the sum of what the applied versions contribute
 */
export type Problem = 'missing' | 'ahead' | 'unknown' | 'changed' | 'miscounted' | 'total';

/** One key in which the views are not what PostgreSQL says. */
export interface Finding {
  /** `order:17`, `product:1`, or a view's row: `product-sales 1`. */
  readonly key: string;
  readonly problem: Problem;
  /** A version, an amount, or that there is none, as text for people. */
  readonly expected: string;
  readonly found: string;
  /** Found minus expected, when it is an amount; null otherwise. */
  readonly difference: string | null;
  /** The parked record that is the reason, if there is one. */
  readonly because: string | null;
}

/** How many findings are listed. More are only counted, so that a broken replica does not fill the memory. */
const listed = 1_000;

/** The findings of a comparison. */
export class Findings {
  readonly list: Finding[] = [];
  count = 0;

  add(finding: Finding): void {
    this.count++;
    if (this.list.length < listed) this.list.push(finding);
  }
}
