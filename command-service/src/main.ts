import { createLogger, createRequestLog } from 'service-kit/logger';
import { run } from 'service-kit/run';
import { readConfig } from './config';
import { startService } from './service';

void run('command-service', async () => {
  const config = readConfig();
  const { logLevel } = config;
  const name = 'command-service';
  return startService(config, createLogger(name, logLevel), createRequestLog(name, logLevel));
});
