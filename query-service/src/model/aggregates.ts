import { type AggregateType, aggregateTypes } from 'contracts/aggregates';
import { defaultTopics, type Topics } from 'contracts/topics';

/** The kind of aggregate whose events each topic carries. */
export type TopicAggregates = ReadonlyMap<string, AggregateType>;

export const topicAggregates = (topics: Topics): TopicAggregates =>
  new Map(aggregateTypes.map((type) => [topics[type], type]));

/** The topics of the default environment. */
export const defaultAggregates: TopicAggregates = topicAggregates(defaultTopics);
