import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import type { ConnectorConfig } from './connect-rest';
import type { Action } from './decide';
import { failpoints } from './failpoints';
import type { Neighbours } from './observe';
import { dropLostSlot } from './slot';
import { createTopics } from './topics';

/** Does one thing that was decided. @throws what the neighbour answered */
export async function act(
  action: Action,
  { kafka, connect, pool }: Neighbours,
  connector: { name: string; config: ConnectorConfig },
  logger: Logger,
): Promise<void> {
  switch (action.kind) {
    case 'create-topics':
      await kafka.with((admin) => createTopics(admin, action.topics));
      logger.info({ topics: action.topics.map(({ topic }) => topic) }, 'created topics');
      return failpoint(failpoints.topicsCreated);
    case 'put-connector':
      await connect.put(connector.name, connector.config);
      logger.info({ was: action.why }, 'put the connector');
      return failpoint(failpoints.connectorPut);
    case 'restart-failed':
      await connect.restartFailed(connector.name);
      logger.info('restarted what has failed of the connector');
      return failpoint(failpoints.connectorRestarted);
    case 'restart-taskless':
      await connect.restart(connector.name);
      logger.info('restarted the connector, which has no task');
      return failpoint(failpoints.connectorRestarted);
    case 'drop-lost-slot':
      if (!(await dropLostSlot(pool))) return;
      logger.warn('dropped the lost slot: Debezium starts again from a snapshot of the outbox');
      return failpoint(failpoints.slotDropped);
  }
}
