import { failpoints } from '../../debezium/src/failpoints';
import type { Point } from './point';

type Failpoint = (typeof failpoints)[keyof typeof failpoints];

export const start = 'start';
/** At which it leaves a connector as it is that somebody stopped. */
export const standing = 'start before a stopped connector';

const repair: Point = {
  passedBy: [start],
  sees: 'nothing',
  left: 'one step of a repair',
  recovery: 'the next turn sees what is left to do',
};
const look: Point = {
  ...repair,
  left: 'nothing: it only looks',
  recovery: 'the next turn looks again',
};
const purge: Point = {
  passedBy: ['purge'],
  sees: 'nothing',
  left: 'the outbox, as it was',
  recovery: 'the start begins at the oldest row again',
};

const judgement: Point = {
  passedBy: ['another timeline'],
  sees: '503, nothing was changed',
  left: 'a stopped connector, and an outbox that takes no rows',
  recovery: 'the next turn judges again',
};

/**
 * Every failpoint of the relay keeper, repairs, watermarks and purge: its steps, which the compiler demands, and its
 * statements by their names, which awaits.local.test.ts demands.
 */
export const keeperPoints = {
  'find-topic-names': look,
  'find-history': look,
  'find-standbys': look,
  'find-slot': look,
  'peek-copied-slot': {
    ...look,
    passedBy: [standing],
    left: 'nothing: PostgreSQL drops the copy',
  },
  'drop-copied-slot': { ...look, passedBy: [standing] },
  'find-unsendable-rows': { ...look, passedBy: [standing] },
  'measure-outbox-flow': { ...look, passedBy: ['GET /pipeline'], sees: 'no answer' },
  [failpoints.topicsCreated]: repair,
  [failpoints.connectorPut]: repair,
  'write-watermark': {
    ...repair,
    left: 'a watermark',
    recovery: 'the next one comes',
  },
  'purge-watermarks': {
    ...repair,
    left: 'no old watermark',
    recovery: 'the next turn',
  },
  // By loops beside the one that repairs, which may have come further by then.
  'measure-outbox': look,
  'copy-slot': { ...look, left: 'nothing: PostgreSQL drops the copy' },
  [failpoints.connectorStopped]: judgement,
  'find-relayed-rows': judgement,
  'find-source-id': judgement,
  'find-versions-of-order': judgement,
  'find-versions-of-product': judgement,
  'find-idle-slot-end': judgement,
  [failpoints.connectorResumed]: {
    ...judgement,
    left: 'a connector that runs again, and an outbox that takes no rows',
  },
  'accept-history': { ...judgement, left: 'an outbox that takes rows again' },
  'refuse-history': {
    ...judgement,
    passedBy: ['data put back'],
    left: 'an outbox that takes no rows',
    recovery: 'an operator says what is to be done',
  },
  [failpoints.connectorRestarted]: { ...repair, passedBy: ['failed task'] },
  'drop-lost-slot': { ...repair, passedBy: ['lost slot'] },
  'drop-idle-slot': { ...repair, passedBy: ['deleted connector'] },
  'find-slot-beside-snapshot': { ...look, passedBy: ['resumed connector'] },
  'drop-slot-beside-snapshot': { ...repair, passedBy: ['lost offsets'] },
  [failpoints.purgeRead]: purge,
  'purge-outbox': { ...purge, left: 'the outbox without a batch of relayed rows' },
  'find-overdue-rows': { ...purge, left: 'the outbox without what was due' },
} satisfies Record<Failpoint, Point> & Record<string, Point>;
