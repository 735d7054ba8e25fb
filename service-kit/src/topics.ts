import { type RequiredValidatorSpec, str } from 'envalid';
import {
  aggregates,
  type AggregateType,
  aggregateTypes,
  eachAggregate,
} from 'contracts/aggregates';
import { defaultTopics, type Topics } from 'contracts/topics';

type TopicVariable = (typeof aggregates)[AggregateType]['topicVariable'];

/** The variables with the names of the event topics, one for each kind of aggregate. */
export const topicSpecs = Object.fromEntries(
  aggregateTypes.map((type) => [
    aggregates[type].topicVariable,
    str({ default: defaultTopics[type], desc: `topic of ${type} events` }),
  ]),
) as Record<TopicVariable, RequiredValidatorSpec<string>>;

/** The variable with the name of the watermark topic. */
export const watermarkSpecs = {
  WATERMARK_TOPIC: str({ default: defaultTopics.watermark, desc: 'topic of watermarks' }),
};

/** @param env read with `topicSpecs` */
export const topicsOf = (env: Readonly<Record<TopicVariable, string>>): Topics =>
  eachAggregate((type) => env[aggregates[type].topicVariable]);
