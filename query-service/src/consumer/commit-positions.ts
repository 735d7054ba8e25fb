import { setTimeout as wait } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { failpoint } from 'service-kit/failpoints';
import type { Logger } from 'service-kit/logger';
import { failpoints } from '../failpoints';
import type { Reading } from './reading';

const everyMs = 1_000;

/** Commits the positions to Kafka, for those who watch the group's lag, until `signal` or a halt. */
export async function commitPositions(
  consumer: Consumer,
  reading: Reading,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && reading.halted === null) {
    await wait(everyMs, undefined, { signal }).catch(() => null);
    const offsets = reading
      .next()
      .map((position) => ({ ...position, offset: String(position.offset) }));
    await consumer
      .commitOffsets(offsets)
      .catch((error: unknown) => logger.debug({ err: error }, 'offsets not committed'));
    await failpoint(failpoints.positionsCommitted);
  }
}
