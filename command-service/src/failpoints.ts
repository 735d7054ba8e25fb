/**
 * Where a test can make a command stall, fail or die between its statements: behind each other step that waits for the
 * client or for PostgreSQL. Statements have failpoints of their own, by their names (service-kit/sql):
 * `FAILPOINTS=append-event=kill`. What a death leaves at each, and what mends it, is the table in
 * docs/delivery-guarantees.md, which `tests/crash-matrix/` makes by killing the process there.
 */
export const failpoints = {
  /** The request is read as a whole. */
  bodyRead: 'body-read',
  /** The request has got a connection from the pool. */
  connectionTaken: 'connection-taken',
  transactionBegun: 'transaction-begun',
  /** Everything is committed, the client has no answer yet. */
  committed: 'committed',
  /** As `committed`, and the connection has been returned to the pool. */
  connectionReleased: 'connection-released',
} as const;
