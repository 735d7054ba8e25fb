/**
 * Where a test can make a command stall, fail or die (`FAILPOINTS=entity-written=kill`).
 * Every command passes them in this order; `answerStored` only one with an Idempotency-Key.
 */
export const failpoints = {
  /** The entity's rows are written, its event is not. */
  entityWritten: 'entity-written',
  /** Entity and event are written, nothing is committed. */
  eventWritten: 'event-written',
  /** The answer is stored under its key as well, nothing is committed. */
  answerStored: 'answer-stored',
  /** Everything is committed, the client has no answer yet. */
  committed: 'committed',
} as const;
