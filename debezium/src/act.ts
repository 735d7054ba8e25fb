import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import type { ConnectorConfig } from './connect-rest';
import type { Action } from './decide';
import { failpoints } from './failpoints';
import { acceptHistory } from './history/find-history';
import type { HistoryWatch } from './history/watch';
import { defaultSkippedIds } from './begin-history';
import type { Neighbours } from './observe';
import { dropIdleSlot, dropLostSlot, dropSlotBesideSnapshot } from './slot';

/** Carries out one decided action. @returns whether there was something to do. @throws what the neighbour answered */
export async function act(
  action: Action,
  { kafka, connect, sql, history }: Neighbours & { readonly history: HistoryWatch },
  connector: { name: string; config: ConnectorConfig },
  logger: Logger,
): Promise<boolean> {
  switch (action.kind) {
    case 'create-topics':
      await kafka.createTopics(action.topics);
      logger.info({ topics: action.topics.map(({ topic }) => topic) }, 'created topics');
      await failpoint(failpoints.topicsCreated);
      return true;
    case 'add-partitions':
      // With more partitions, a key's next event may go to another one, and its events may be read in any order: their
      // versions make up for that.
      await kafka.addPartitions(action.topics);
      logger.warn({ topics: action.topics }, 'added partitions');
      await failpoint(failpoints.topicsCreated);
      return true;
    case 'put-connector':
      await connect.put(connector.name, connector.config);
      logger.info({ was: action.why }, 'put the connector');
      await failpoint(failpoints.connectorPut);
      return true;
    case 'restart-failed':
      await connect.restartFailed(connector.name);
      logger.info('restarted what has failed of the connector');
      await failpoint(failpoints.connectorRestarted);
      return true;
    case 'restart-taskless':
      await connect.restart(connector.name);
      logger.info('restarted the connector, which has no task');
      await failpoint(failpoints.connectorRestarted);
      return true;
    case 'drop-slot-of-nobody':
      if (!(await dropIdleSlot(sql))) return false;
      logger.warn('dropped the slot of a connector that is gone: the outbox is emitted again');
      return true;
    case 'repeat-snapshot':
      if (!(await dropSlotBesideSnapshot(sql))) return false;
      logger.warn(
        'dropped a slot beside which a snapshot was taken: with a new one it begins again',
      );
      // Its task has lost its connection: it begins again by itself, or fails, and Strimzi restarts it.
      if (connect.managedBy === 'strimzi') return true;
      await connect.restart(connector.name);
      await failpoint(failpoints.connectorRestarted);
      return true;
    case 'stop-for-judgement':
      await connect.have(connector.name, 'stop');
      logger.warn('stopped the connector: PostgreSQL runs in a history that nobody has accepted');
      await failpoint(failpoints.connectorStopped);
      return true;
    case 'judge-history':
      await history.judge();
      return true;
    case 'accept-history': {
      const { history: judged, keepsSlot } = action;
      if (!keepsSlot && (await dropIdleSlot(sql))) {
        logger.warn('dropped a slot that does not give all of it: the outbox is emitted again');
      }
      if (action.connector !== null) await connect.have(connector.name, action.connector);
      await failpoint(failpoints.connectorResumed);
      await acceptHistory(
        sql,
        judged,
        'Kafka holds nothing that it does not hold',
        defaultSkippedIds,
      );
      logger.warn({ history: judged }, 'accepted the history: commands are taken again');
      return true;
    }
    case 'drop-lost-slot':
      if (!(await dropLostSlot(sql))) return false;
      logger.warn('dropped the lost slot: Debezium starts again from a snapshot of the outbox');
      return true;
  }
}
