import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import type { ConnectorConfig } from './connect-rest';
import type { Action } from './decide';
import { failpoints } from './failpoints';
import type { Neighbours } from './observe';
import { dropLostSlot } from './slot';
import { createTopics } from './topics';

/** Does one thing that was decided. @returns whether there was something to do. @throws what the neighbour answered */
export async function act(
  action: Action,
  { kafka, connect, pool }: Neighbours,
  connector: { name: string; config: ConnectorConfig },
  logger: Logger,
): Promise<boolean> {
  switch (action.kind) {
    case 'create-topics':
      await kafka.with((admin) => createTopics(admin, action.topics));
      logger.info({ topics: action.topics.map(({ topic }) => topic) }, 'created topics');
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
    case 'drop-lost-slot':
      if (!(await dropLostSlot(pool))) return false;
      logger.warn('dropped the lost slot: Debezium starts again from a snapshot of the outbox');
      await failpoint(failpoints.slotDropped);
      return true;
  }
}
