/** Why views may lack events, and since when. */
export interface Doubt {
  /** ISO-8601 UTC; no two doubts have the same. */
  readonly since: string;
  /** The reason, for people. */
  readonly because: string;
}

/** A doubt that begins now, and later than the one before. @param before when that began */
export function doubtAfter(before: string | undefined, because: string): Doubt {
  const earliest = (Date.parse(before ?? '') || 0) + 1;
  return { since: new Date(Math.max(Date.now(), earliest)).toISOString(), because };
}

/**
 * Whether the views may lack events that no reader of the topics can know of: a topic that was created anew does not
 * show which unread events the old one had. Only a comparison with PostgreSQL ends such a doubt.
 *
 * The doubt outlives the serving views, because views that are filled from the same topics lack the same events.
 */
export interface Verification {
  /** Null: nothing is in doubt. Where members share it, as of a moment ago. */
  readonly doubt: Doubt | null;
  /** Begins a doubt for this reason, which lasts until a later comparison. */
  begin(because: string): Promise<void>;
  /** A comparison that began later has found everything equal. @returns false when there is another doubt by now */
  end(doubt: Doubt): Promise<boolean>;
}
