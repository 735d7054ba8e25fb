import { logLevel, type logCreator } from 'kafkajs';
import type { Logger } from 'service-kit/logger';

const offsetOutOfRange = 'Offset out of range, resetting to default offset';

/**
 * Writes kafkajs's log as lines of this process.
 *
 * kafkajs has no event for an offset that its partition does not hold: it logs this line and then reads on from
 * somewhere else. The line comes before the reset, so a throw here prevents it.
 *
 * @param onOutOfRange throws where reading on from somewhere else is not right
 */
export function kafkaLog(
  logger: Logger,
  onOutOfRange: (topic: string, partition: number) => void,
): logCreator {
  return () =>
    ({ level, log }) => {
      const { message, ...fields } = log;
      if (message === offsetOutOfRange) {
        onOutOfRange(String(fields.topic), Number(fields.partition));
      }
      // kafkajs recovers from most of its errors by itself.
      if (level === logLevel.ERROR || level === logLevel.WARN) logger.warn(fields, message);
      else logger.debug(fields, message);
    };
}
