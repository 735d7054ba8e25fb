import { aggregateTypes } from 'contracts/aggregates';
import type { TopicAggregates } from '../../model/aggregates';
import { partitionName } from '../../model/partition';

/** More partitions than a topic ever has. */
const mostPartitions = 1_000;

/** A partition among those of all topics. Each row has its number, so that no two members ever write the same row. */
export interface Source {
  readonly number: number;
  /** The partition's name, for people. */
  readonly name: string;
}

/** @throws {RangeError} for a topic that is not read, or a partition beyond 999 */
export function sourceOf(
  topics: TopicAggregates,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Source {
  const type = topics.get(topic);
  const name = partitionName(topic, partition);
  if (type === undefined || partition >= mostPartitions) {
    throw new RangeError(`${name} is no partition that views are kept of`);
  }
  return { number: aggregateTypes.indexOf(type) * mostPartitions + partition, name };
}
