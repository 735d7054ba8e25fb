import { commandOf } from 'contracts/commands';
import type { UndecodableBatch } from 'kafka-client/fetch-response';
import type { PartitionOffsets } from 'kafka-client/offset-ranges';
import {
  beginningOf,
  type AcceptedBeginning,
  type LostRange,
  type PartitionProgress,
} from './partition';
import { recordName, type EventRecord } from './record';

/**
 * The history in Kafka is not the one that these views were made from. Consumption halts and an
 * operator decides; reads go on and say that they cannot be trusted.
 */
export class HistoryFault extends Error {
  override name = 'HistoryFault';

  /**
   * @param what the fault
   * @param advice what to do, with the exact command; docs/broken-history.md explains each
   * @param inRebuild what to do instead when only a rebuild has this fault, and another file serves
   */
  constructor(
    readonly what: string,
    advice: string = run('resume'),
    readonly inRebuild: string = `when that is mended, ${run('rebuild')}`,
    options?: ErrorOptions,
  ) {
    super(`${what}: ${advice}`, options);
  }
}

/** The PostgreSQL database and the Kafka cluster that the stored numbers come from. */
export interface Origin {
  readonly sourceId: string | null;
  readonly clusterId: string | null;
}

/** The history before a rewind. */
export interface Rewound {
  /** How far each partition had been read, in the history before. */
  readonly before: readonly PartitionProgress[];
  /** The cluster of the history before; null: not known. */
  readonly clusterId: string | null;
}

/** A batch cannot be decoded. Reading goes on after it when an operator skips it. */
export class UndecodableFault extends HistoryFault {
  /** The place as `skip` takes it. */
  readonly place: string;

  /** @param record the record that stands for the batch */
  constructor(
    readonly record: EventRecord,
    readonly batch: UndecodableBatch,
  ) {
    const place = recordName({ ...record, offset: batch.first });
    const skip = run('skip', place, '--why', '"…"');
    super(
      `${place}: a batch up to offset ${record.offset} cannot be decoded (${batch.reason})`,
      `${skip} to go on behind it`,
      `${skip}, then ${run('rebuild')}`,
    );
    this.place = place;
  }
}

/**
 * The command that an operator runs. Built when it is printed, because only a started process knows how the system is
 * run.
 */
const run = (...args: string[]): string => `run \`${commandOf({ script: 'consumption', args })}\``;
const writeAgain = (): string =>
  `write the missing events again (\`${commandOf({ script: 'reemit', args: ['…'] })}\`)`;

/** The stored history that the views were made from. */
interface StoredHistory {
  readonly stored: readonly PartitionProgress[];
  readonly origin: Pick<Origin, 'clusterId'>;
  readonly beginnings: readonly AcceptedBeginning[];
}

/** The present state of the cluster. */
interface HeldHistory {
  readonly clusterId: string;
  readonly offsets: readonly PartitionOffsets[];
}

/**
 * Checks before the first fetch that the stored offsets belong to this cluster and these topics.
 *
 * @throws {HistoryFault} naming the first difference
 */
export function checkHistory(
  { stored, origin, beginnings }: StoredHistory,
  { clusterId, offsets }: HeldHistory,
): void {
  if (origin.clusterId !== null && origin.clusterId !== clusterId) {
    throw anotherCluster(clusterId, origin.clusterId);
  }
  for (const { topic, partition } of stored) {
    if (!offsets.some((p) => p.topic === topic && p.partition === partition)) {
      throw new HistoryFault(`${topic}/${partition} does not exist any more`);
    }
  }
  for (const held of offsets) {
    const { topic, partition, low, high } = held;
    const at = stored.find((p) => p.topic === topic && p.partition === partition);
    if (at === undefined) checkBeginning(held, beginningOf(beginnings, topic, partition));
    if (at !== undefined && (at.offset < low || at.offset >= high)) {
      throw new HistoryFault(
        `${topic}/${partition} holds offsets ${low} to ${high - 1}, these views stand at ${at.offset}`,
      );
    }
  }
}

/** The stored offsets belong to another cluster. */
export const anotherCluster = (found: string, expected: string): HistoryFault =>
  new HistoryFault(`another Kafka cluster: ${found}, these views were made from ${expected}`);

/** What is kept of an aggregate is kept of its partition: where partitions were added, its next event may come from another one. */
export const changedPartitions = (topic: string, found: number, expected: number): HistoryFault =>
  new HistoryFault(
    `${topic} has ${found} partitions, these views were made from ${expected}: members share views of one number of partitions`,
    run('rebuild'),
  );

/** @throws {HistoryFault} when records of a partition that is to be read from `beginning` are gone */
export function checkBeginning({ topic, partition, low }: PartitionOffsets, beginning = 0): void {
  if (low <= beginning) return;
  throw new HistoryFault(
    `${topic}/${partition} begins at ${low}, its first events are gone`,
    `${writeAgain()}, then ${run('resume')}`,
    `${writeAgain()}, then ${run('rebuild', '--accept-truncated')}`,
  );
}

/**
 * Checks while reading that each partition still holds the next offset.
 *
 * @param next determined before `offsets`, so that progress in between is no fault
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

/**
 * A total would leave the 64 bits that views keep. @param what the store's own words
 */
export function totalTooLarge(what: string, cause: unknown): HistoryFault {
  const advice =
    'such amounts need views that keep larger sums (docs/decisions/0085-totals-of-64-bits.md)';
  return new HistoryFault(
    `a total would be beyond 92233720368547758.07 (${what})`,
    advice,
    advice,
    { cause },
  );
}

/** More unreadable events in a row than may be parked. */
export const tooManyUnreadable = (limit: number, last: string, reason: string): HistoryFault =>
  new HistoryFault(
    `more than ${limit} events in a row cannot be read, the last at ${last} (${reason})`,
    'upgrade this service, or restart it with a higher MAX_PARKED_RUN to park them all, then run ' +
      `\`${commandOf({ script: 'dead-letters', args: ['list'] })}\``,
  );

/** Events whose versions were counted by another database. */
export const anotherDatabase = (
  limit: number,
  found: string,
  expected: string | null,
): HistoryFault =>
  new HistoryFault(
    `events of another database (sourceId ${found}, these views hold ${expected}), more than ${limit} in a row`,
    'delete the event topics, let the relay keeper create them and the relay write what the database ' +
      `holds, then ${run('rebuild')}`,
  );

/**
 * The records that were deleted from a partition's beginning before they were read. When it may be another topic than
 * before, all deleted records count.
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
    // The position is below the first record that is left, as it is after records were deleted.
    const sameTopic = sameCluster && read < low;
    const first = sameTopic ? read + 1 : 0;
    return first < low ? [{ topic, partition, first, last: low - 1 }] : [];
  });
}

/**
 * After a join, checks that reading begins at the record that was applied last. Only the event id distinguishes a topic
 * that was created anew and has grown past the stored offset.
 *
 * @throws {HistoryFault} when it is another record or none
 */
export function checkResumed(stored: PartitionProgress, records: readonly EventRecord[]): void {
  const [first] = records;
  // The batch was skipped, perhaps after it had been read while it could still be decoded.
  if (first?.undecodable !== undefined && first.undecodable.first <= stored.offset) return;
  const found = records.find((record) => record.offset === stored.offset);
  const id = found?.headers.id?.toString() ?? null;
  if (found === undefined || id !== stored.eventId) {
    throw new HistoryFault(
      `${stored.topic}/${stored.partition}@${stored.offset} was event ${stored.eventId} and is ` +
        `${found === undefined ? 'gone' : `event ${id}`}: the topic was created anew`,
    );
  }
}
