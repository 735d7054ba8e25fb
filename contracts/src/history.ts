/**
 * Who has written PostgreSQL's log: two logs that differ in one of these have only their beginning in common, if anything.
 * The outbox takes rows in the history only that was accepted.
 */
export interface History {
  /** Its system identifier: a server, and every one that streams from it. */
  readonly system: string;
  /** Another one after each promotion and each recovery to a point in time. */
  readonly timeline: number;
  /** The outbox's object id: pg_restore makes the table anew. */
  readonly outbox: number;
}

/** The SQL of a `History`, as JSON, from the rows of `present_history()` and the table `accepted_history`. */
export const historyJson = `json_build_object('system', system_identifier::text, 'timeline', timeline, 'outbox', outbox::bigint)`;

/** Whether they are one. @param accepted null: none is */
export function isAccepted(present: History, accepted: History | null): boolean {
  return (
    accepted !== null &&
    present.system === accepted.system &&
    present.timeline === accepted.timeline &&
    present.outbox === accepted.outbox
  );
}

/** What became of PostgreSQL since a history was accepted, a sentence without its full stop. @param accepted null: none is */
export function changeOfHistory(present: History, accepted: History | null): string {
  if (accepted === null) {
    return 'PostgreSQL was put back to what it was before, or a server that was left answers again';
  }
  if (present.system !== accepted.system) return 'PostgreSQL is another server than it was';
  if (present.outbox !== accepted.outbox) return 'the tables of PostgreSQL were restored';
  return `PostgreSQL was promoted, or recovered to a point in time: it is on timeline ${present.timeline}, not ${accepted.timeline}`;
}
