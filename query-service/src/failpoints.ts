/**
 * The points at which a test can make the apply path stall, fail or die: after each step that waits for Kafka or the
 * store. Every batch passes those of `apply-` in this order. The table in docs/delivery-guarantees.md says what a death
 * leaves at each, and what repairs it; `tests/crash-matrix/` makes it by killing the process there.
 */
export const failpoints = {
  /** A batch is fetched, even if everything in it is already applied. */
  batchFetched: 'apply-batch-fetched',
  /** The newest applied versions of its aggregates are known. Passed twice: orders, products. */
  versionsRead: 'apply-versions-read',
  /** The batch is folded; nothing of it is written. */
  beforeTransaction: 'apply-before-transaction',
  /** Views, versions and offsets are written, or an operator's change; nothing is committed. */
  beforeCommit: 'apply-before-commit',
  /** Committed; this process does not know it yet. */
  committed: 'apply-committed',
  /** The metrics of dead letters are read. */
  deadLettersCounted: 'apply-dead-letters-counted',
  /** Committed, and this process knows it. */
  afterCommit: 'apply-after-commit',
  /** A watermark was read, and the ends that tell how fresh the views are. */
  watermarkRead: 'watermark-read',
  /** The store names the cluster that it reads from, at its first start and after `resume`. */
  clusterNoted: 'cluster-noted',
  /** Dead letters are read, to be applied again. */
  deadLettersRead: 'redrive-dead-letters-read',
  /** Their outcome is committed. */
  deadLettersRedriven: 'redrive-written',
  /** `resume`: the doubt that the views may lack events is stored. */
  doubted: 'resume-doubted',
  /** `resume`: the stored positions are set aside as rewound. */
  rewound: 'resume-rewound',
  /** `resume`: the next start has read what was rewound. */
  rewoundRead: 'resume-rewound-read',
} as const;

/** The failpoints of a rebuild: each is after a step that changes the data folder, in their order. */
export const rebuildFailpoints = {
  /** The candidate is a complete, empty file; nothing names it. */
  created: 'rebuild-candidate-created',
  /** The plan names it; from now on, a start continues it. */
  recorded: 'rebuild-candidate-recorded',
  /** A batch is applied to the candidate; passed for each batch. */
  batchApplied: 'rebuild-batch-applied',
  /** It has read everything and its invariants hold; this is not stored yet. */
  verified: 'rebuild-verified',
  /** The serving file is paused; the candidate has reached it and has stopped reading. */
  reached: 'rebuild-serving-reached',
  /** It has the serving file's present dead letters; the pointer still names the serving file. */
  beforeRename: 'rebuild-before-rename',
  /** The pointer names it; in memory, the old file still serves. */
  afterRename: 'rebuild-after-rename',
  /** It serves, and the old file is named as kept; the plan still exists. */
  oldKept: 'rebuild-old-kept',
  /** The plan is deleted; files without a name still exist. */
  planRemoved: 'rebuild-plan-removed',
  /** A rebuild was given up: its plan is deleted, its file still exists. */
  abandoned: 'rebuild-abandoned',
} as const;
