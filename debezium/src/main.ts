import { createLogger, createRequestLog } from 'service-kit/logger';
import { run } from 'service-kit/run';
import { readRelayKeeperConfig } from './config';
import { startKeeper } from './keeper';

void run('relay-keeper', (fail) => {
  const config = readRelayKeeperConfig();
  const name = 'relay-keeper';
  const { logLevel } = config;
  const logger = createLogger(name, logLevel);
  return startKeeper(config, logger, fail, createRequestLog(name, logLevel));
});
