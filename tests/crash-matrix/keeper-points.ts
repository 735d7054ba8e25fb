import { failpoints } from '../../debezium/src/failpoints';
import type { Point } from './point';

type Failpoint = (typeof failpoints)[keyof typeof failpoints];

const repair: Point = {
  passedBy: ['start'],
  sees: 'nothing',
  left: 'one step of a repair',
  recovery: 'the next turn sees what is left to do',
};
const purge: Point = {
  passedBy: ['purge'],
  sees: 'nothing',
  left: 'the outbox, as it was',
  recovery: 'the start begins at the oldest row again',
};

/** Every failpoint of the relay keeper: repairs, watermarks, purge. */
export const keeperPoints: Record<Failpoint, Point> = {
  [failpoints.topicsCreated]: repair,
  [failpoints.connectorPut]: repair,
  [failpoints.connectorRestarted]: { ...repair, passedBy: ['failed task'] },
  [failpoints.slotDropped]: { ...repair, passedBy: ['lost slot'] },
  [failpoints.watermarkWritten]: {
    ...repair,
    passedBy: ['every second'],
    left: 'a watermark',
    recovery: 'the next one comes',
  },
  [failpoints.watermarksPurged]: {
    ...repair,
    passedBy: ['start'],
    left: 'no old watermark',
    recovery: 'the next turn',
  },
  [failpoints.purgeRead]: purge,
  [failpoints.purgeDeleted]: { ...purge, left: 'the outbox without a batch of relayed rows' },
  [failpoints.purgePassEnded]: { ...purge, left: 'the outbox without what was due' },
};
