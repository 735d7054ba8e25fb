import type { AggregateType } from 'contracts/topics';
import type { Event } from './batch';
import type { Folded } from './changes';
import type { RecordPlace } from './event';

/** Versions of one aggregate that were jumped over and have not been read. */
export interface VersionGap {
  readonly kind: AggregateType;
  readonly id: number;
  readonly first: number;
  readonly last: number;
  /** Where the version stands that jumped over them. */
  readonly record: RecordPlace;
}

export interface GapChanges {
  /** New ones, and what is left of narrowed ones. */
  readonly found: readonly VersionGap[];
  /** No more as they were. */
  readonly narrowed: readonly VersionGap[];
  readonly closed: readonly { readonly gap: VersionGap; readonly by: RecordPlace }[];
}

/**
 * What a batch means for gaps. The numbers are right all along, for the version that jumped carried the
 * full state; a gap says that an event was lost, parked, or is late. It closes
 *
 * - when its versions come after all, one by one or together;
 * - when the version that jumped or a newer one is read later in its partition: what was lost is
 *   superseded, and the relay demonstrably carries that aggregate again.
 *
 * @param open the open gaps of the aggregates in this batch
 * @param found the gaps that this batch tore
 * @param events of the batch, in order
 */
export function settleGaps(
  open: readonly VersionGap[],
  found: readonly VersionGap[],
  events: readonly Event[],
): GapChanges {
  const changes = {
    found: [] as VersionGap[],
    narrowed: [] as VersionGap[],
    closed: [] as Closed[],
  };
  const stored = new Set(open);
  const ownOf = byAggregate(events);
  for (const gap of [...open, ...found]) {
    const own = ownOf(`${gap.kind}:${gap.id}`);
    const confirmed = own.find(
      ({ version, record }) => version > gap.last && isBehind(record, gap),
    );
    const parts = own.reduce(without, [gap]);
    const filledBy = own.findLast(({ version }) => version >= gap.first && version <= gap.last);
    const by = confirmed?.record ?? (parts.length === 0 ? filledBy?.record : undefined);
    if (by !== undefined) {
      if (!stored.has(gap)) changes.found.push(gap);
      changes.closed.push({ gap, by });
    } else if (filledBy !== undefined) {
      if (stored.has(gap)) changes.narrowed.push(gap);
      changes.found.push(...parts);
    } else if (!stored.has(gap)) {
      changes.found.push(gap);
    }
  }
  return changes;
}

/** The gaps that a batch tore, with the record that jumped. */
export function foundGaps(events: readonly Event[], folded: Folded): VersionGap[] {
  const ownOf = byAggregate(events);
  return folded.gaps.flatMap(({ aggregate, from, to }) => {
    const jumped = ownOf(aggregate).find(({ version }) => version === to);
    if (jumped === undefined) return [];
    const { aggregate: kind, id, record } = jumped;
    return [{ kind, id, first: from + 1, last: to - 1, record }];
  });
}

/** The events of each aggregate, such as `order:17`, in order. A batch can tear a gap with each of its thousands. */
function byAggregate(events: readonly Event[]): (aggregate: string) => readonly Event[] {
  const groups = new Map<string, Event[]>();
  for (const event of events) {
    const name = `${event.aggregate}:${event.id}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [event]);
    else group.push(event);
  }
  return (aggregate) => groups.get(aggregate) ?? [];
}

type Closed = GapChanges['closed'][number];

function isBehind(record: RecordPlace, { record: jump }: VersionGap): boolean {
  const samePartition = record.topic === jump.topic && record.partition === jump.partition;
  return samePartition && record.offset > jump.offset;
}

/** What is missing still when a version has come. */
function without(parts: VersionGap[], { version }: Event): VersionGap[] {
  return parts.flatMap((part) =>
    version < part.first || version > part.last
      ? [part]
      : [
          { ...part, last: version - 1 },
          { ...part, first: version + 1 },
        ].filter(({ first, last }) => first <= last),
  );
}
