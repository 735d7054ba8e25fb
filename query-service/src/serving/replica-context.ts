import type { Logger } from 'service-kit/logger';
import type { TopicAggregates } from '../model/aggregates';
import type { KafkaSettings } from '../consumer/client';
import type { ViewsHome } from '../store/views-home';
import type { Definition } from '../views/view';

/** What it takes to keep views up to date, for the serving file and for a candidate alike. */
export interface ReplicaContext {
  readonly home: ViewsHome;
  readonly definition: Definition;
  readonly kafka: KafkaSettings;
  /** The kind of aggregate whose events each topic carries. */
  readonly topics: TopicAggregates;
  readonly maxParkedRun: number;
  /** Answers whose `As-Of` is older are `stale`. */
  readonly staleAfterSeconds: number;
  readonly logger: Logger;
}
