import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import type { Logger } from 'service-kit/logger';

/** A member that was killed stays in its group for 6 seconds. */
const attempts = 10;
const betweenMs = 1_000;

/**
 * The first of a consumer's groups that nobody is a member of: `<group>`, `<group>.2`, `<group>.3` …
 *
 * A killed member stays in its group until its session has timed out, and whoever joins waits for that. But
 * nothing here depends on the group: each consumer reads every partition, from where its database file
 * stands, and the lock on the data folder says that it is alone
 * (docs/decisions/0036-a-killed-member-is-not-waited-for.md).
 */
export async function freeGroup(admin: Admin, groupId: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? groupId : `${groupId}.${n}`;
    const { groups } = await admin.describeGroups([name]);
    if (groups.every(({ members }) => members.length === 0)) return name;
  }
}

/**
 * Removes a consumer's groups that nobody is a member of any more, with the offsets that they have committed.
 * Nothing depends on them: what stays is a name in a list, and the broker forgets it after days.
 *
 * @param except the one that is in use
 * @param signal ends it early
 * @param isUnused looked at before each attempt
 */
export async function removeGroups(
  brokers: string[],
  groupId: string,
  except: string | null,
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
        const left = groups
          .map((group) => group.groupId)
          .filter((name) => name !== except && isGroupOf(groupId, name));
        if (left.length > 0) await admin.deleteGroups(left);
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

/** Whether a group has one of the names that `freeGroup` gives. */
function isGroupOf(groupId: string, name: string): boolean {
  return (
    name === groupId ||
    (name.startsWith(`${groupId}.`) && /^\d+$/.test(name.slice(groupId.length + 1)))
  );
}
