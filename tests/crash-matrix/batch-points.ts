import { failpoints, rebuildFailpoints } from '../../query-service/src/failpoints';
import type { Point } from './point';

type Failpoint =
  | (typeof failpoints)[keyof typeof failpoints]
  | (typeof rebuildFailpoints)[keyof typeof rebuildFailpoints];

/** What makes a query service pass failpoints: a batch of one event, an operator's request, or the time. */
export const batches = ['order', 'product', 'unreadable record'] as const;
export type Batch = (typeof batches)[number];

export const requests = ['redrive', 'discard', 'resume', 'rebuild', 'abort'] as const;
export type Request = (typeof requests)[number];

export const everySecond = 'every second';

const [order, , unreadable] = batches;
const [redrive, discard, resume, rebuild, abort] = requests;

const noReads = 'no answer until it serves again';
const readAgain = 'reads the batch again';

const before: Point = {
  passedBy: [order],
  sees: noReads,
  left: 'nothing of the batch',
  recovery: readAgain,
};
const after: Point = {
  ...before,
  left: 'the batch, with its offsets',
  recovery: 'reads on behind it',
};
const resuming: Point = {
  passedBy: [resume],
  sees: noReads,
  left: 'the views, and that they are rewound',
  recovery: 'the start reads the topics from the beginning',
};

const filling: Point = {
  passedBy: [rebuild],
  sees: noReads,
  left: 'nothing new serves; the new file, and the plan that names it',
  recovery: 'the start goes on with the rebuild, which swaps',
};
const swapped: Point = {
  ...filling,
  left: 'the new file serves',
  recovery: 'the start keeps the old file and tidies up',
};

/** Every failpoint of the apply path, and of what operators ask for, in the order in which they are passed. */
export const batchPoints: Record<Failpoint, Point> = {
  [failpoints.batchFetched]: before,
  [failpoints.versionsRead]: before,
  [failpoints.beforeTransaction]: before,
  [failpoints.beforeCommit]: {
    ...before,
    passedBy: [...batches, redrive, discard],
    left: 'nothing of the batch: SQLite rolls back',
  },
  [failpoints.committed]: { ...after, passedBy: [order, redrive, discard] },
  [failpoints.deadLettersCounted]: { ...after, passedBy: [unreadable, discard] },
  [failpoints.afterCommit]: after,
  [failpoints.watermarkRead]: {
    passedBy: [everySecond],
    sees: noReads,
    left: 'nothing: how fresh the views are is in memory',
    recovery: 'the next watermark tells',
  },
  [failpoints.clusterNoted]: { ...resuming, left: 'the views, rewound' },
  [failpoints.deadLettersRead]: {
    passedBy: [redrive],
    sees: noReads,
    left: 'nothing of the redrive',
    recovery: 'each start reads open dead letters again',
  },
  [failpoints.deadLettersRedriven]: {
    passedBy: [redrive],
    sees: noReads,
    left: 'the dead letters, as they were read now',
    recovery: 'nothing is left to do',
  },
  [failpoints.doubted]: {
    ...resuming,
    left: 'nothing but the note that the views may lack events',
    recovery: 'the operator asks for it again',
  },
  [failpoints.rewound]: resuming,
  [failpoints.rewoundRead]: resuming,
  [rebuildFailpoints.created]: {
    ...filling,
    left: 'nothing new serves; a new file that nothing names',
    recovery: 'the start deletes it; the operator asks for a rebuild again',
  },
  [rebuildFailpoints.recorded]: filling,
  [rebuildFailpoints.batchApplied]: filling,
  [rebuildFailpoints.verified]: filling,
  [rebuildFailpoints.reached]: filling,
  [rebuildFailpoints.beforeRename]: filling,
  [rebuildFailpoints.afterRename]: swapped,
  [rebuildFailpoints.oldKept]: swapped,
  [rebuildFailpoints.planRemoved]: swapped,
  [rebuildFailpoints.abandoned]: {
    ...filling,
    passedBy: [abort],
    left: 'nothing new serves; a new file that nothing names any more',
    recovery: 'the start deletes it',
  },
};

/** The points behind which a start goes on with a rebuild, or behind its swap. */
export const ends: ReadonlySet<string> = new Set(
  Object.values(rebuildFailpoints).filter(
    (point) => point !== rebuildFailpoints.created && point !== rebuildFailpoints.abandoned,
  ),
);

/**
 * Passed more than once by one batch or request: killed at each pass, until one lives. With how many passes are
 * tried at first.
 */
export function passesOf(point: string): number {
  const often: Partial<Record<string, number>> = {
    [failpoints.versionsRead]: 3,
    [failpoints.rewoundRead]: 3,
  };
  return often[point] ?? 1;
}
