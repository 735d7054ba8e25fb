import { aggregates, type AggregateType, aggregateTypes, eachAggregate } from './aggregates';

export type { AggregateType } from './aggregates';

/** The topic of each kind of aggregate. */
export type Topics = Readonly<Record<AggregateType, string>>;

/** The topics that events of aggregates go to. */
export const eventTopics = (topics: Topics): string[] => aggregateTypes.map((type) => topics[type]);

/** The topics where the environment does not say otherwise. Watermarks tell of no aggregate and have their own. */
export const defaultTopics: Topics & { readonly watermark: string } = {
  ...eachAggregate((type) => aggregates[type].topic),
  watermark: 'watermarks',
};
