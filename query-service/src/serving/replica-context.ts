import type { Logger } from 'service-kit/logger';
import type { TopicAggregates } from '../model/aggregates';
import type { KafkaSettings } from '../consumer/client';
import type { ViewsHome } from '../store/views-home';
import type { Definition } from '../views/view';

/** What it takes to keep views: the same for the file that serves and for one that is made ready. */
export interface ReplicaContext {
  readonly home: ViewsHome;
  readonly definition: Definition;
  readonly kafka: KafkaSettings;
  /** Which aggregate's events each topic carries. */
  readonly topics: TopicAggregates;
  readonly maxParkedRun: number;
  /** Answers whose `As-Of` is older are `stale`. */
  readonly staleAfterSeconds: number;
  readonly logger: Logger;
}
