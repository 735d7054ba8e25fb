import { type DestinationStream, pino, type Logger, type LoggerOptions } from 'pino';

export type { Logger };

/**
 * JSON lines in production, readable text in a terminal. Members of logged objects that could hold a secret are
 * redacted.
 *
 * @param name the process: stands in each line
 * @param level a pino level: `info` unless the environment says otherwise
 * @param destination gets the lines instead of the standard output
 */
export function createLogger(name: string, level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = { name, level, redact };
  if (destination !== undefined) return pino(options, destination);
  if (process.stdout.isTTY) return pino({ ...options, transport: pretty });
  return pino(options);
}

/**
 * The logger of request lines. It writes some dozen lines at a time, because a system call for each would cost more
 * than the line: lines come up to a second late, and a SIGKILL loses the last ones. Other loggers write at once.
 */
export function createRequestLog(name: string, level: string): Logger {
  if (process.stdout.isTTY) return createLogger(name, level);
  // Written in the same thread as all other lines, so that no two lines are mixed up.
  const lines = pino.destination({ fd: 1, sync: true, minLength: 4_096, periodicFlush: 1_000 });
  process.once('exit', () => lines.flushSync());
  return pino({ name, level }, lines);
}

const secrets = ['password', 'authorization', 'Authorization', 'cookie', 'Cookie', 'token'];

/** Members of PostgreSQL's errors that repeat the values of a failed statement: a client sent them. */
const values = ['parameters', 'detail', 'where'];

const redact = {
  paths: [
    ...secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
    ...values.flatMap((name) => [`err.${name}`, `err.*.${name}`]),
  ],
  censor: '[redacted]',
};

const pretty = { target: 'pino-pretty', options: { ignore: 'pid,hostname' } };
