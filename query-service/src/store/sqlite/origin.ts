import { failpoint } from 'service-kit/failpoints';
import { failpoints } from '../../failpoints';
import type { Reader, Statement } from '../sql';
import type { Connection } from './connection';
import { parkLostRanges } from '../dead-letters';
import { statementOf } from './script';
import type { LostRange } from '../../model/partition';
import type { AcceptedBeginning, PartitionProgress } from '../../model/partition';
import type { Rewound } from '../../model/history';

const places = 'topic, partition, record_offset AS "offset"';

/** The position in each partition that was read. */
export function readProgress(
  database: Pick<Reader, 'all'>,
  table: 'partition_progress' | 'rewound_progress' = 'partition_progress',
): Promise<PartitionProgress[]> {
  return database.all(`SELECT ${places}, event_id AS eventId FROM ${table}`);
}

/**
 * Sets the positions aside and forgets the cluster. A second rewind before `accept` keeps the positions of the first.
 */
export async function rewind(database: Connection): Promise<void> {
  await database.script(`
    BEGIN IMMEDIATE;
    INSERT INTO rewound SELECT cluster_id FROM origin WHERE NOT EXISTS (SELECT 1 FROM rewound);
    INSERT INTO rewound_progress SELECT * FROM partition_progress WHERE true ON CONFLICT DO NOTHING;
    DELETE FROM partition_progress;
    DELETE FROM accepted_beginning;
    UPDATE origin SET cluster_id = NULL;
    COMMIT;`);
  await failpoint(failpoints.rewound);
}

export async function readRewound(database: Connection): Promise<Rewound | null> {
  const [row] = await database.all<{ clusterId: string | null }>(
    'SELECT cluster_id AS clusterId FROM rewound',
  );
  await failpoint(failpoints.rewoundRead);
  if (row === undefined) return null;
  const before = await readProgress(database, 'rewound_progress');
  await failpoint(failpoints.rewoundRead);
  return { clusterId: row.clusterId, before };
}

/** The statements that end a rewind. */
export const acceptance = (
  beginnings: readonly AcceptedBeginning[],
  lost: readonly LostRange[],
): (Statement | string)[] => [
  'DELETE FROM rewound',
  'DELETE FROM rewound_progress',
  {
    sql: `INSERT INTO accepted_beginning
          SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?) WHERE true
          ON CONFLICT DO UPDATE SET record_offset = excluded.record_offset`,
    rows: beginnings.map(({ topic, partition, offset }) => [topic, partition, offset]),
  },
  statementOf(parkLostRanges(lost)),
];

export function readAccepted(database: Connection): Promise<AcceptedBeginning[]> {
  return database.all(`SELECT ${places} FROM accepted_beginning`);
}
