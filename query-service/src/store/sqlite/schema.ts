import type { KeptView } from '../table';
import { aggregateStates } from './aggregate-states';
import { deadLetterSchema } from './dead-letters';
import { schemaOf } from './tables';

/** The tables of every query database besides those of the views. */
const common = `
  CREATE TABLE origin (
    source_id  TEXT,
    cluster_id TEXT
  ) STRICT;
  INSERT INTO origin VALUES (NULL, NULL);

  CREATE TABLE partition_progress (
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    event_id      TEXT,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;

  -- Where reading stood when it was rewound; emptied when what the topics hold then is accepted.
  CREATE TABLE rewound_progress (
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    event_id      TEXT,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rewound (cluster_id TEXT) STRICT;

  CREATE TABLE accepted_beginning (
    topic         TEXT NOT NULL,
    partition     INTEGER NOT NULL,
    record_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
  ) STRICT, WITHOUT ROWID;

  ${aggregateStates()}

  ${deadLetterSchema}
`;

/**
 * Creates all tables in one transaction.
 *
 * @param projectionVersion written as `user_version`: a file without it is no query database
 */
export function creationOf(views: readonly KeptView[], projectionVersion: number): string {
  const tables = [common, ...views.map(schemaOf)].join('\n');
  return `BEGIN; ${tables} PRAGMA user_version = ${projectionVersion}; COMMIT;`;
}
