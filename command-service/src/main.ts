import { createLogger } from 'service-kit/logger';
import { run } from 'service-kit/run';
import { readConfig } from './config';
import { startService } from './service';

void run('command-service', async () => {
  const config = readConfig();
  return startService(config, createLogger('command-service', config.logLevel));
});
