/**
 * Where a test can make the apply path stall, fail or die: behind each step that waits for Kafka or SQLite. Every
 * batch passes those of `apply-` in this order. What a death leaves at each, and what mends it, is the table in
 * docs/delivery-guarantees.md, which `tests/crash-matrix/` makes by killing the process there.
 */
export const failpoints = {
  /** A batch is fetched, also one of which everything is applied already. */
  batchFetched: 'apply-batch-fetched',
  /** The newest applied versions of its aggregates are known. Passed twice: orders, products. */
  versionsRead: 'apply-versions-read',
  /** The batch is fetched and folded; nothing of it is written. */
  beforeTransaction: 'apply-before-transaction',
  /** Views, versions and offsets are written, or what an operator asked for; nothing is committed. */
  beforeCommit: 'apply-before-commit',
  /** Committed to SQLite; this process does not know yet. */
  committed: 'apply-committed',
  /** What the metrics say of dead letters is read. */
  deadLettersCounted: 'apply-dead-letters-counted',
  /** Committed to SQLite, and in the memory of this process. */
  afterCommit: 'apply-after-commit',
  /** A watermark was read, and the ends that tell how fresh the views are. */
  watermarkRead: 'watermark-read',
  /** The views' file names the cluster that it reads from: at its first start, and at the one behind `resume`. */
  clusterNoted: 'cluster-noted',
  /** Dead letters are read, to be applied anew. */
  deadLettersRead: 'redrive-dead-letters-read',
  /** What became of them is committed. */
  deadLettersRedriven: 'redrive-written',
  /** `resume`: that the views may lack events from here on is noted. */
  doubted: 'resume-doubted',
  /** `resume`: where reading stood is forgotten; that it was is kept. */
  rewound: 'resume-rewound',
  /** `resume`: the next start knows what was rewound. */
  rewoundRead: 'resume-rewound-read',
} as const;

/** The same of a rebuild: each stands behind a step that moves what the data folder holds, in their order. */
export const rebuildFailpoints = {
  /** The candidate is a complete, empty file; nothing names it. */
  created: 'rebuild-candidate-created',
  /** The plan names it: from here on, a start goes on with it. */
  recorded: 'rebuild-candidate-recorded',
  /** A batch is applied to the candidate. Passed again and again. */
  batchApplied: 'rebuild-batch-applied',
  /** It has read everything and its numbers fit together; nothing of that is noted. */
  verified: 'rebuild-verified',
  /** The serving file stands still, the candidate has reached it and reads no more. */
  reached: 'rebuild-serving-reached',
  /** It holds the serving file's dead letters as they are now; the pointer still names the other one. */
  beforeRename: 'rebuild-before-rename',
  /** The pointer names it; in memory the other one serves. */
  afterRename: 'rebuild-after-rename',
  /** It serves, and the one before is named as kept; the plan is still there. */
  oldKept: 'rebuild-old-kept',
  /** The plan is gone; files that nobody names are still there. */
  planRemoved: 'rebuild-plan-removed',
  /** A rebuild was given up: its plan is gone, its file is still there. */
  abandoned: 'rebuild-abandoned',
} as const;
