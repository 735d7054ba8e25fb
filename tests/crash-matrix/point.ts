/** What the table in docs/delivery-guarantees.md says of one failpoint. The suite checks each word of it. */
export interface Point {
  /** What passes it, and so is killed there. */
  readonly passedBy: readonly string[];
  /** What the client, or who asked, sees. */
  readonly sees: string;
  readonly left: string;
  readonly recovery: string;
}

/** One death, measured. */
export interface Death {
  readonly point: string;
  readonly passedBy: string;
  /** Milliseconds from the death until the restarted process serves; null when it serves nobody. */
  readonly servesMs: number | null;
  /** Milliseconds from the death until the work is done and the views equal PostgreSQL. */
  readonly equalMs: number;
}
