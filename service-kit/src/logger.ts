import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * JSON lines in production, readable text in a terminal.
 *
 * @param name the process: stands in each line
 * @param level a pino level: `info` unless the environment says otherwise
 */
export function createLogger(name: string, level: string): Logger {
  const readable = process.stdout.isTTY
    ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } }
    : {};
  return pino({ name, level, ...readable });
}
