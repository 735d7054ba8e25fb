import type { Fault } from './fault';
import { clockJumps } from './kinds/clock';
import { connectorFaults } from './kinds/connector';
import { diskFaults } from './kinds/disk';
import { eventFaults } from './kinds/events';
import { kills } from './kinds/kill';
import { leaderFaults } from './kinds/leader';
import { networkFaults } from './kinds/network';
import { pauses } from './kinds/pause';
import { promotionFaults } from './kinds/promotion';
import { sessionFaults } from './kinds/session';
import { slotFaults } from './kinds/slot';
import { topicFaults } from './kinds/topic';
import { transactionFaults } from './kinds/transaction';

/** Everything that the suite can make go wrong. */
export const catalogue: readonly Fault[] = [
  ...kills,
  ...pauses,
  ...connectorFaults,
  ...slotFaults,
  ...promotionFaults,
  ...eventFaults,
  ...topicFaults,
  ...transactionFaults,
  ...leaderFaults,
  ...sessionFaults,
  ...networkFaults,
  ...diskFaults,
  ...clockJumps,
];
