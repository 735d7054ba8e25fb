import { logLevel, type logCreator } from 'kafkajs';
import type { Logger } from 'service-kit/logger';

const offsetOutOfRange = 'Offset out of range, resetting to default offset';

/**
 * Writes kafkajs's log as lines of this process.
 *
 * kafkajs has no event for an offset that its partition does not hold: it logs this line and then reads on from
 * somewhere else. The line comes before the reset, so a throw here prevents it.
 *
 * What it repeats within half a minute is a line for debugging only.
 *
 * @param onOutOfRange throws where reading on from somewhere else is not right
 */
export function kafkaLog(
  logger: Logger,
  onOutOfRange: (topic: string, partition: number) => void,
): logCreator {
  const repeated = repeats();
  return () =>
    ({ level, log }) => {
      const { message, ...fields } = log;
      if (message === offsetOutOfRange) {
        onOutOfRange(String(fields.topic), Number(fields.partition));
      }
      // kafkajs recovers from most of its errors by itself.
      const isLoud = level === logLevel.ERROR || level === logLevel.WARN;
      if (isLoud && !repeated(`${message} ${String(fields.error)}`)) logger.warn(fields, message);
      else logger.debug(fields, message);
    };
}

const repeatMs = 30_000;

/** @returns whether this text was given to it less than half a minute ago */
function repeats(): (text: string) => boolean {
  const at = new Map<string, number>();
  return (text) => {
    const now = performance.now();
    for (const [known, when] of at) if (now - when >= repeatMs) at.delete(known);
    if (at.has(text)) return true;
    at.set(text, now);
    return false;
  };
}
