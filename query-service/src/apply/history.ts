import type { LostRange } from '../store/dead-letters';
import type { AcceptedBeginning, Origin, PartitionProgress, Rewound } from '../store/view-store';
import type { EventRecord } from './event';

/**
 * The history in Kafka is not the one that these views were made from. Consumption halts and an
 * operator decides; reads go on and say that they cannot be trusted.
 */
export class HistoryFault extends Error {
  override name = 'HistoryFault';

  /**
   * @param what what is wrong
   * @param advice what to do, with the exact command; docs/broken-history.md explains each
   * @param inRebuild what to do instead when only a rebuild ran into it, and another file serves
   */
  constructor(
    readonly what: string,
    advice: string = run.resume,
    readonly inRebuild: string = run.rebuildLater,
  ) {
    super(`${what}: ${advice}`);
  }
}

const run = {
  resume: 'run `npm run consumption -- resume`',
  truncated:
    'write the missing events again (`npm run reemit -- …`), then run `npm run consumption -- resume`',
  rebuildTruncated:
    'write the missing events again (`npm run reemit -- …`), then run ' +
    '`npm run consumption -- rebuild --accept-truncated`',
  rebuildLater: 'when that is mended, run `npm run consumption -- rebuild`',
  anotherDatabase:
    'delete the event topics, let the relay keeper create them and the relay write what the database ' +
    'holds, then run `npm run consumption -- rebuild`',
  unreadable:
    'upgrade this service, or restart it with a higher MAX_PARKED_RUN to park them all, then run ' +
    '`npm run dead-letters -- list`',
};

/** What the cluster holds of a partition: records from `low` on, the next one gets `high`. */
export interface PartitionOffsets {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** Names a partition: the key of maps, and what people read. */
export const partitionName = (topic: string, partition: number): string => `${topic}/${partition}`;

/**
 * Before the first fetch: are these the cluster and the topics that the stored offsets are of?
 *
 * @throws {HistoryFault} naming the first thing that is not
 */
export function checkHistory(
  stored: readonly PartitionProgress[],
  origin: Origin,
  clusterId: string,
  offsets: readonly PartitionOffsets[],
  accepted: readonly AcceptedBeginning[] = [],
): void {
  if (origin.clusterId !== null && origin.clusterId !== clusterId) {
    throw new HistoryFault(
      `another Kafka cluster: ${clusterId}, these views were made from ${origin.clusterId}`,
    );
  }
  for (const { topic, partition } of stored) {
    if (!offsets.some((p) => p.topic === topic && p.partition === partition)) {
      throw new HistoryFault(`${topic}/${partition} does not exist any more`);
    }
  }
  for (const { topic, partition, low, high } of offsets) {
    const at = stored.find((p) => p.topic === topic && p.partition === partition);
    if (at === undefined && low > beginningOf(accepted, topic, partition)) {
      throw new HistoryFault(
        `${topic}/${partition} begins at ${low}, its first events are gone`,
        run.truncated,
        run.rebuildTruncated,
      );
    }
    if (at !== undefined && (at.offset < low || at.offset >= high)) {
      throw new HistoryFault(
        `${topic}/${partition} holds offsets ${low} to ${high - 1}, these views stand at ${at.offset}`,
      );
    }
  }
}

/** Where a partition may begin: at 0, unless an operator accepted that its first records are gone. */
export function beginningOf(
  accepted: readonly AcceptedBeginning[],
  topic: string,
  partition: number,
): number {
  return accepted.find((b) => b.topic === topic && b.partition === partition)?.offset ?? 0;
}

/**
 * While reading: does each partition still hold the offset that is read next?
 *
 * @param next taken before `offsets`, so that reading on in between is no fault
 * @throws {HistoryFault} naming the first partition that does not
 */
export function checkStillThere(
  next: readonly { topic: string; partition: number; offset: number }[],
  offsets: readonly PartitionOffsets[],
): void {
  for (const { topic, partition, offset } of next) {
    const held = offsets.find((p) => p.topic === topic && p.partition === partition);
    if (held === undefined) throw new HistoryFault(`${topic}/${partition} does not exist any more`);
    if (offset < held.low || offset > held.high) {
      throw new HistoryFault(
        `${topic}/${partition} holds offsets ${held.low} to ${held.high - 1}, ` +
          `these views have read up to ${offset - 1}`,
      );
    }
  }
}

/** More unreadable events in a row than one would park. */
export const tooManyUnreadable = (limit: number, last: string, reason: string): HistoryFault =>
  new HistoryFault(
    `more than ${limit} events in a row cannot be read, the last at ${last} (${reason})`,
    run.unreadable,
  );

/** Events whose versions were counted by another database. */
export const anotherDatabase = (found: string, expected: string | undefined): HistoryFault =>
  new HistoryFault(
    `events of another database (sourceId ${found}, these views hold ${expected})`,
    run.anotherDatabase,
  );

/**
 * Which records nobody has read and nobody can: deleted from a partition's beginning while reading stood
 * before them. In doubt whether it is the same topic as before, everything that was deleted counts.
 *
 * @param rewound how far the history before had been read
 */
export function lostRanges(
  rewound: Rewound,
  clusterId: string,
  offsets: readonly PartitionOffsets[],
): LostRange[] {
  const sameCluster = rewound.clusterId === null || rewound.clusterId === clusterId;
  return offsets.flatMap(({ topic, partition, low }) => {
    const before = rewound.before.find((p) => p.topic === topic && p.partition === partition);
    const read = before?.offset ?? -1;
    // Reading stood before what is left of the topic, as it does when records are deleted.
    const sameTopic = sameCluster && read < low;
    const first = sameTopic ? read + 1 : 0;
    return first < low ? [{ topic, partition, first, last: low - 1 }] : [];
  });
}

/**
 * After a join, reading begins at the record that was applied last. Is it still that one?
 * Only the event id tells a topic that was created anew and has grown past the stored offset.
 *
 * @throws {HistoryFault} when it is another record or none
 */
export function checkResumed(stored: PartitionProgress, records: readonly EventRecord[]): void {
  const found = records.find((record) => record.offset === stored.offset);
  const id = found?.headers.id?.toString() ?? null;
  if (found === undefined || id !== stored.eventId) {
    throw new HistoryFault(
      `${stored.topic}/${stored.partition}@${stored.offset} was event ${stored.eventId} and is ` +
        `${found === undefined ? 'gone' : `event ${id}`}: the topic was created anew`,
    );
  }
}
