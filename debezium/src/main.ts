import { createLogger } from 'service-kit/logger';
import { run } from 'service-kit/run';
import { readRelayKeeperConfig } from './config';
import { startKeeper } from './keeper';

void run('relay-keeper', (fail) => {
  const config = readRelayKeeperConfig();
  return startKeeper(config, createLogger('relay-keeper', config.logLevel), fail);
});
