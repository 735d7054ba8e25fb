import { type AggregateType, aggregateTypes } from 'contracts/aggregates';
import type { TopicAggregates } from '../../model/aggregates';

/** More than a topic ever has. */
const mostPartitions = 1_000;

/**
 * The number of a partition among those of all topics. Each row names the one that its events came from, so that no two
 * members ever write the same row.
 *
 * @throws {RangeError} for a topic that is not read, or a partition beyond 999
 */
export function sourceOf(topics: TopicAggregates, topic: string, partition: number): number {
  const type = topics.get(topic);
  if (type === undefined || partition >= mostPartitions) {
    throw new RangeError(`${topic}/${partition} is no partition that views are kept of`);
  }
  return aggregateTypes.indexOf(type satisfies AggregateType) * mostPartitions + partition;
}
