/** Why views may lack events, and since when. */
export interface Doubt {
  /** ISO-8601 UTC; no two doubts have the same. */
  readonly since: string;
  /** What happened, for people. */
  readonly because: string;
}

/**
 * Whether the views may lack what no reader of the topics can know of: a topic that was created anew tells nobody
 * what the one before held that was never read. Only a comparison with PostgreSQL ends such a doubt.
 *
 * It outlives the views that serve: what is filled from the same topics lacks the same events.
 */
export interface Verification {
  /** Null: nothing is in doubt. */
  readonly doubt: Doubt | null;
  /** From here on the views are in doubt, for this reason and until a later comparison. */
  begin(because: string): Promise<void>;
  /** A comparison that began later has found everything equal. */
  end(): Promise<void>;
}
