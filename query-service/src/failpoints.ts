/** Where a test can make the apply path stall, fail or die. Every batch passes them in this order. */
export const failpoints = {
  /** A batch is fetched and folded; nothing of it is written. */
  beforeTransaction: 'apply-before-transaction',
  /** Views, versions and offsets are written, not committed. */
  beforeCommit: 'apply-before-commit',
  /** Committed to SQLite; Kafka and the memory of this process do not know all of it. */
  afterCommit: 'apply-after-commit',
} as const;
