import type { Logger } from 'service-kit/logger';
import type { TopicAggregates } from './apply/letter';
import type { KafkaSettings } from './consumer/client';
import type { Definition } from './views/view';

/** What views are kept by: the same for the file that serves and for one that is made ready to. */
export interface Keeping {
  readonly definition: Definition;
  readonly kafka: KafkaSettings;
  /** Which aggregate's events each topic carries. */
  readonly topics: TopicAggregates;
  readonly maxParkedRun: number;
  readonly logger: Logger;
}
