import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { createLogger } from 'service-kit/logger';
import { run } from 'service-kit/run';
import { readKafkaSetupConfig } from './config';
import { kafkaRights } from './kafka-rights';

/** Gives the users of a secured broker their rights, as one who may do anything there. Safe to repeat. */
void run('kafka-setup', async () => {
  const config = readKafkaSetupConfig();
  const admin = new KafkaAdmin(config.kafka, 'kafka-setup', 5);
  try {
    const rights = kafkaRights(config);
    await admin.allow(rights);
    createLogger('kafka-setup', 'info').info(
      { rights: rights.length },
      'the users have their rights',
    );
  } finally {
    await admin.close();
  }
  return { stop: () => Promise.resolve() };
});
