import { watchFiles } from './changed-files';
import { ConfigurationError } from './environment';
import { obeyParent } from './failpoints';
import { createLogger } from './logger';

/** A started process, which can be stopped in order. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * Runs a process: starts it, stops it on SIGTERM or SIGINT, and ends with a code that tells.
 * 0: asked to stop, and did. 1: could not start, or failed while running. 2: bad configuration.
 *
 * @param start wires and starts everything; `fail` ends the process when something broke for good
 */
export async function run(
  name: string,
  start: (fail: (error: unknown) => void) => Promise<Running>,
): Promise<void> {
  const logger = createLogger(name, 'info');
  const fail = (error: unknown): void => {
    if (error instanceof ConfigurationError) {
      process.stderr.write(`${name}: ${error.message}\n`);
      process.exit(2);
    }
    logger.fatal({ err: error }, 'stopped by an error');
    process.exit(1);
  };
  obeyParent();
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  let running: Running;
  try {
    running = await start(fail);
  } catch (error) {
    fail(error);
    return;
  }
  watchFiles(name, (details, line) => logger.warn(details, line));
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    running.stop().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
