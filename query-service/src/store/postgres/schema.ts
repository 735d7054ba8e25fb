import type { KeptView } from '../table';
import { aggregateStates } from './aggregate-states';
import { deadLetterSchema } from './dead-letters';
import { schemaOf } from './tables';

/** The tables of every schema besides those of the views. */
const common = `
  CREATE TABLE origin (
    id         integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    projection integer NOT NULL,
    source_id  text,
    cluster_id text,
    epoch      integer NOT NULL DEFAULT 1,  -- raised when all members have to read anew
    is_retired boolean NOT NULL DEFAULT false  -- others serve in its place: no step is written
  );

  -- Where reading stands in each partition. Every transaction that changes what is kept of a source raises its seq.
  CREATE TABLE progress (
    source        integer PRIMARY KEY,
    topic         text NOT NULL,
    partition     integer NOT NULL,
    record_offset bigint,            -- null: nothing of it was read, or it was rewound
    event_id      text,
    seq           bigint NOT NULL
  );

  -- How far partitions were read, transaction markers included, which no row of progress tells.
  CREATE TABLE position (
    source      integer PRIMARY KEY,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL
  );

  -- How many partitions the topics had when reading began: added ones move keys away from what is kept of them.
  CREATE TABLE topic_partitions (topic text PRIMARY KEY, partitions integer NOT NULL);

  -- Where reading stood when it was rewound; emptied when what the topics hold then is accepted.
  CREATE TABLE rewound (cluster_id text);
  CREATE TABLE rewound_progress (
    topic text, partition integer, record_offset bigint NOT NULL, event_id text,
    PRIMARY KEY (topic, partition)
  );
  CREATE TABLE accepted_beginning (
    topic text, partition integer, record_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
  );

  ${aggregateStates()}

  ${deadLetterSchema}
`;

/** Creates all tables of a set of views. Run in one transaction, in an empty schema. @param isDistributed by Citus */
export const creationOf = (
  views: readonly KeptView[],
  projectionVersion: number,
  isDistributed: boolean,
): string =>
  [
    common,
    ...views.map((view) => schemaOf(view, isDistributed)),
    `INSERT INTO origin (projection) VALUES (${projectionVersion});`,
  ].join('\n');
