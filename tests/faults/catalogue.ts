import type { Fault } from './fault';
import { clockJumps } from './kinds/clock';
import { connectorFaults } from './kinds/connector';
import { diskFaults } from './kinds/disk';
import { eventFaults } from './kinds/events';
import { kills } from './kinds/kill';
import { networkFaults } from './kinds/network';
import { pauses } from './kinds/pause';
import { slotFaults } from './kinds/slot';
import { topicFaults } from './kinds/topic';

/** Everything that the suite can make go wrong. */
export const catalogue: readonly Fault[] = [
  ...kills,
  ...pauses,
  ...connectorFaults,
  ...slotFaults,
  ...eventFaults,
  ...topicFaults,
  ...networkFaults,
  ...diskFaults,
  ...clockJumps,
];
