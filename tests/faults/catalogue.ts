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
import type { Store } from './system';

/** Everything that the suite can make go wrong. @param store where the views are kept */
export const catalogueWith = (store: Store): readonly Fault[] =>
  [
    ...kills(store),
    ...pauses(store),
    ...connectorFaults,
    ...slotFaults,
    ...promotionFaults,
    ...eventFaults,
    ...topicFaults,
    ...transactionFaults,
    ...leaderFaults,
    ...sessionFaults,
    ...networkFaults(store),
    ...diskFaults,
    ...clockJumps,
  ].filter(({ only = store }) => only === store);
