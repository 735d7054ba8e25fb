import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import type { ConnectorConfig } from './connect-rest';
import type { Action } from './decide';
import { failpoints } from './failpoints';
import type { Neighbours } from './observe';
import { dropIdleSlot, dropLostSlot, dropSlotBesideSnapshot } from './slot';

/** Carries out one decided action. @returns whether there was something to do. @throws what the neighbour answered */
export async function act(
  action: Action,
  { kafka, connect, sql }: Neighbours,
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
      await connect.restart(connector.name);
      await failpoint(failpoints.connectorRestarted);
      return true;
    case 'drop-lost-slot':
      if (!(await dropLostSlot(sql))) return false;
      logger.warn('dropped the lost slot: Debezium starts again from a snapshot of the outbox');
      return true;
  }
}
