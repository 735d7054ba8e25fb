/**
 * Where a test can make a command stall, fail or die (`FAILPOINTS=entity-written=kill`): behind each step that
 * waits for the client or for PostgreSQL. What a death leaves at each, and what mends it, is the table in
 * docs/delivery-guarantees.md, which `tests/crash-matrix/` makes by killing the process there.
 */
export const failpoints = {
  /** The request is read as a whole. */
  bodyRead: 'body-read',
  /** A connection of the pool is this request's. */
  connectionTaken: 'connection-taken',
  transactionBegun: 'transaction-begun',
  /** With an Idempotency-Key: nobody else runs a request of this key. */
  keyLocked: 'key-locked',
  /** With an Idempotency-Key: whether there is a first answer is known. */
  answerLookedUp: 'answer-looked-up',
  /** A status change has its order's row. */
  orderLocked: 'order-locked',
  /** The entity's row is written with its version, its event is not. A new order comes with its event. */
  entityWritten: 'entity-written',
  /** Entity and event are written; nothing is committed, unless it was a transaction of one statement. */
  eventWritten: 'event-written',
  /** The answer is stored under its key as well, nothing is committed. */
  answerStored: 'answer-stored',
  /** Everything is committed, the client has no answer yet. */
  committed: 'committed',
  /** As `committed`, and the connection is the pool's again. */
  connectionReleased: 'connection-released',
  /** A batch of expired Idempotency-Keys is deleted, not committed. */
  keysDeleted: 'keys-deleted',
  /** `reemit`: the aggregate exists. */
  reemitAggregateFound: 'reemit-aggregate-found',
  /** `reemit`: nobody else writes this aggregate's event again. */
  reemitLocked: 'reemit-locked',
  /** `reemit`: the aggregate's version is known, and an order's row is locked. */
  reemitAggregateRead: 'reemit-aggregate-read',
  /** `reemit`: whether the event's outbox row is still there is known. */
  reemitEventLookedUp: 'reemit-event-looked-up',
  /** `reemit`: the row is written again, nothing is committed. */
  reemitRowWritten: 'reemit-row-written',
} as const;
