import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Logger } from 'service-kit/logger';

/** A member that was killed stays in its group for 6 seconds. */
const attempts = 10;
const betweenMs = 1_000;

/**
 * Removes a consumer group that nobody is a member of any more, with the offsets that it has committed.
 * Nothing depends on it: what stays is a name in a list, and the broker forgets it after days.
 *
 * @param signal ends it early
 * @param isUnused looked at before each attempt
 */
export async function removeGroup(
  brokers: string[],
  groupId: string,
  logger: Logger,
  signal: AbortSignal,
  isUnused: () => boolean,
): Promise<void> {
  const kafka = new Kafka({ clientId: groupId, brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    for (let attempt = 1; attempt <= attempts && isUnused() && !signal.aborted; attempt++) {
      try {
        await admin.connect();
        const { groups } = await admin.listGroups();
        if (groups.some((group) => group.groupId === groupId)) await admin.deleteGroups([groupId]);
        return;
      } catch (error) {
        logger.debug({ err: error, groupId }, 'consumer group not removed yet');
      }
      await wait(betweenMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
