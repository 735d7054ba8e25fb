import { type AggregateType, aggregateTypes } from 'contracts/aggregates';
import { defaultTopics, type Topics } from 'contracts/topics';

/** Which aggregate's events a topic carries. */
export type TopicAggregates = ReadonlyMap<string, AggregateType>;

export const topicAggregates = (topics: Topics): TopicAggregates =>
  new Map(aggregateTypes.map((type) => [topics[type], type]));

/** What this service's topics carry unless its environment says otherwise. */
export const defaultAggregates: TopicAggregates = topicAggregates(defaultTopics);
