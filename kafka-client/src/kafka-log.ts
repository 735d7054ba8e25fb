import { logLevel, type logCreator } from 'kafkajs';
import type { Logger } from 'service-kit/logger';

const offsetOutOfRange = 'Offset out of range, resetting to default offset';

/**
 * kafkajs's log, as lines of ours.
 *
 * kafkajs tells of an offset that its partition does not hold in no event: it logs this line and
 * then reads on from somewhere else. The line comes before the reset, so a throw here prevents it.
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
      // What kafkajs calls an error it mostly gets over by itself.
      if (level === logLevel.ERROR || level === logLevel.WARN) logger.warn(fields, message);
      else logger.debug(fields, message);
    };
}
