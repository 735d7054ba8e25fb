import { aggregates, aggregateTypes } from 'contracts/aggregates';
import { failpoint } from 'service-kit/failpoints';
import type { Sql } from 'service-kit/sql';
import { failpoints } from '../../failpoints';
import type { TopicAggregates } from '../../model/aggregates';
import type { AppliedVersions } from '../../model/changes';
import type { DeadLetterCounts } from '../../model/dead-letter';
import { anotherCluster, type Origin, type Rewound } from '../../model/history';
import {
  partitionName,
  type AcceptedBeginning,
  type LostRange,
  type PartitionProgress,
  type SkippedBatch,
} from '../../model/partition';
import {
  type CarriedRow,
  carryDeadLetters,
  countDeadLetters,
  discardDeadLetter,
  parkLostRanges,
  parkRecords,
  readSkippedBatches,
  recordSkippedBatch,
  settleDeadLetters,
} from '../dead-letters';
import { Overtaken } from '../overtaken';
import type { Snapshot } from '../snapshot';
import type { KeptView } from '../table';
import type { AggregateIds, Basis, RowsWritten, Sharing, Step, ViewStore } from '../view-store';
import { readApplied, writeStates } from './aggregate-states';
import { columnsAsArrays, unnest, writeRows } from './arrays';
import { distributeTables, hasCitus } from './citus';
import { Database, type ViewsDatabase } from './database';
import { healByRecord, healByVersion, own } from './dead-letters';
import { PostgresReader } from './postgres-reader';
import { creationOf } from './schema';
import { SharedProgress } from './shared-progress';
import { openSnapshot } from './snapshot';
import { type Source, sourceOf } from './source';
import { derivedTables, writeView } from './tables';

/** The contents of a schema. */
interface KeptInSchema {
  readonly views: readonly KeptView[];
  /** The projection version. */
  readonly version: number;
  readonly topics: TopicAggregates;
}

/**
 * The view store in PostgreSQL, which several members of one consumer group share.
 *
 * Each transaction on a partition first raises the partition's `seq` from the value on which the step was computed.
 * When two steps were computed on the same value, the second finds no such row and writes nothing. So each step builds
 * on the one before it, whichever partitions members believe they read.
 */
export class PostgresViewStore implements ViewStore {
  readonly sharing: Sharing;
  readonly reader: PostgresReader;
  private readonly sql: Sql;
  /** The cluster that this member reads from: it refuses steps with records of another one. */
  private clusterId: string | null = null;

  private constructor(
    private readonly database: Database,
    private readonly kept: KeptInSchema,
    isDistributed: boolean,
  ) {
    this.sql = database.sql;
    this.reader = new PostgresReader(database.sql, derivedTables(kept.views), isDistributed);
    this.sharing = new SharedProgress(database.sql, kept.topics);
  }

  /** Opens a schema that `create` has made. */
  static async open(where: ViewsDatabase, kept: KeptInSchema): Promise<PostgresViewStore> {
    const database = new Database(where);
    try {
      const store = new PostgresViewStore(database, kept, await hasCitus(database.sql));
      store.clusterId = (await store.origin()).clusterId;
      return store;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Makes the schema and its tables, whole or not at all. @throws when it exists */
  static async create(where: ViewsDatabase, { views, version }: KeptInSchema): Promise<void> {
    const database = new Database(where);
    try {
      await database.transaction(async (sql) => {
        await sql({ name: 'create-schema', text: `CREATE SCHEMA ${where.schema}` });
        const isDistributed = await hasCitus(sql);
        // It has no name, because PostgreSQL cannot prepare several statements.
        await sql({ name: '', text: creationOf(views, version, isDistributed) });
        if (isDistributed) await distributeTables(sql, where.schema);
      });
    } finally {
      await database.close();
    }
  }

  progress(): Promise<PartitionProgress[]> {
    return this.sql<PartitionProgress>({
      name: 'read-progress',
      text: `SELECT topic, partition, coalesce(record_offset, -1) AS "offset", event_id AS "eventId", seq
             FROM progress ORDER BY source`,
    });
  }

  origin(): Promise<Origin> {
    return readOrigin(this.sql);
  }

  async setClusterId(clusterId: string): Promise<void> {
    await this.sql({
      name: 'note-cluster',
      // When two members read from different clusters, the first one counts: steps of the other are refused.
      text: 'UPDATE origin SET cluster_id = $1 WHERE cluster_id IS NULL',
      values: [clusterId],
    });
    await failpoint(failpoints.clusterNoted);
    this.clusterId = clusterId;
  }

  async appliedVersions(ids: AggregateIds, basis: Basis | null): Promise<AppliedVersions> {
    const source = this.sourceOf(stated(basis));
    const known: Record<string, ReadonlyMap<number, unknown>> = {};
    for (const type of aggregateTypes) {
      const { table } = aggregates[type];
      const wanted = ids[table];
      known[table] =
        wanted.length === 0 ? new Map() : await readApplied(this.sql, type, wanted, source);
      await failpoint(failpoints.versionsRead);
    }
    return known as unknown as AppliedVersions;
  }

  async commit(step: Step, onWriting: () => void = () => undefined): Promise<RowsWritten> {
    onWriting();
    const basis = stated(step.basis);
    const { number: source } = this.sourceOf(basis);
    const beforeCommit = () => failpoint(failpoints.beforeCommit);
    const written = await this.database.transaction(async (sql) => {
      const hasOpen = await this.advance(sql, basis, step.progress[0], source);
      const rows: [string, number][] = [];
      for (const view of this.kept.views) {
        rows.push(...(await writeView(sql, view, step.changes, source)));
      }
      await writeStates(sql, step.newest, source);
      await writeRows(sql, parkRecords(step.parked, own));
      await writeRows(sql, settleDeadLetters(step.settled));
      if (step.sourceId !== null) await this.noteSource(sql, step.sourceId, basis);
      if (step.healing !== null && (hasOpen || step.parked.length > 0)) {
        await healByRecord(sql, step.healing);
        await healByVersion(sql);
      }
      return new Map(rows);
    }, beforeCommit);
    await failpoint(failpoints.committed);
    return written;
  }

  deadLetters(): Promise<DeadLetterCounts> {
    return countDeadLetters(this.reader);
  }

  discard(id: number, by: string, why: string): Promise<void> {
    return writeRows(this.sql, discardDeadLetter(id, by, why));
  }

  skip(batch: SkippedBatch, reason: string, by: string, why: string): Promise<void> {
    return this.database.transaction(async (sql) => {
      await writeRows(sql, recordSkippedBatch(batch, { reason, by, why }, own));
      await raiseEpoch(sql);
    });
  }

  skippedBatches(): Promise<SkippedBatch[]> {
    return readSkippedBatches(this.reader);
  }

  /** Raises `seq`, so that members that go on reading begin anew, too. */
  async rewind(): Promise<void> {
    await this.database.transaction(async (sql) => {
      // First: nobody may report a position of before any more.
      await raiseEpoch(sql);
      await sql({
        name: 'lock-progress',
        text: 'LOCK TABLE progress IN EXCLUSIVE MODE',
      });
      await sql({
        name: 'rewind-origin',
        text: `INSERT INTO rewound SELECT cluster_id FROM origin WHERE NOT EXISTS (SELECT FROM rewound)`,
      });
      await sql({
        name: 'keep-rewound-progress',
        text: `INSERT INTO rewound_progress
               SELECT topic, partition, record_offset, event_id FROM progress WHERE record_offset IS NOT NULL
               ON CONFLICT DO NOTHING`,
      });
      await sql({
        name: 'rewind-progress',
        text: 'UPDATE progress SET record_offset = NULL, event_id = NULL, seq = seq + 1',
      });
      await sql({ name: 'forget-beginnings', text: 'DELETE FROM accepted_beginning' });
      await sql({ name: 'forget-positions', text: 'DELETE FROM position' });
      await sql({ name: 'forget-cluster', text: 'UPDATE origin SET cluster_id = NULL' });
    });
    await failpoint(failpoints.rewound);
    this.clusterId = null;
  }

  async rewound(): Promise<Rewound | null> {
    const [row] = await this.sql<{ clusterId: string | null }>({
      name: 'read-rewound',
      text: 'SELECT cluster_id AS "clusterId" FROM rewound',
    });
    await failpoint(failpoints.rewoundRead);
    if (row === undefined) return null;
    const before = await this.sql<PartitionProgress>({
      name: 'read-rewound-progress',
      text: `SELECT topic, partition, record_offset AS "offset", event_id AS "eventId" FROM rewound_progress`,
    });
    await failpoint(failpoints.rewoundRead);
    return { clusterId: row.clusterId, before };
  }

  async accept(
    beginnings: readonly AcceptedBeginning[],
    lost: readonly LostRange[],
  ): Promise<void> {
    await this.database.transaction(async (sql) => {
      // Another member may have accepted and read on meanwhile.
      const rewound = await sql({
        name: 'end-rewind',
        text: 'DELETE FROM rewound RETURNING 1',
      });
      if (rewound.length === 0) return;
      await sql({ name: 'forget-rewound-progress', text: 'DELETE FROM rewound_progress' });
      const types = ['text', 'bigint', 'bigint'] as const;
      const rows = beginnings.map((at) => [at.topic, at.partition, at.offset]);
      await sql({
        name: 'accept-beginnings',
        text: `INSERT INTO accepted_beginning SELECT * FROM ${unnest(types, 1)}
               ON CONFLICT (topic, partition) DO UPDATE SET record_offset = excluded.record_offset`,
        values: columnsAsArrays(rows, types),
      });
      await writeRows(sql, parkLostRanges(lost));
    });
  }

  acceptedBeginnings(): Promise<AcceptedBeginning[]> {
    return this.sql<AcceptedBeginning>({
      name: 'accepted-beginnings',
      text: 'SELECT topic, partition, record_offset AS "offset" FROM accepted_beginning',
    });
  }

  async carry(pages: AsyncIterable<readonly CarriedRow[]>): Promise<void> {
    await this.database.transaction(async (sql) => {
      for await (const page of pages) {
        for (const write of carryDeadLetters(page, own)) await writeRows(sql, write);
      }
      await healByVersion(sql);
    });
  }

  async check(): Promise<void> {
    await this.origin();
  }

  openSnapshot(): Promise<Snapshot> {
    return openSnapshot(this.database);
  }

  copyTo(): Promise<void> {
    return Promise.reject(new Error('views in PostgreSQL are copied by pg_dump'));
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /**
   * The compare-and-set that lets one of several steps with the same basis be written.
   *
   * @returns whether a dead letter is open
   * @throws {Overtaken} when another one was
   */
  private async advance(
    sql: Sql,
    { topic, partition, seq }: Basis,
    at: PartitionProgress | undefined,
    source: number,
  ): Promise<boolean> {
    const place = [at?.offset ?? null, at?.eventId ?? null];
    const [moved] =
      seq === null
        ? await sql<{ hasOpen: boolean }>({
            name: 'begin-progress',
            // Citus cannot return what a subquery finds here. Looking for dead letters in vain does no harm.
            text: `INSERT INTO progress (source, topic, partition, record_offset, event_id, seq)
                   SELECT $1, $2, $3, $4, $5, 1 FROM origin
                   WHERE cluster_id IS NOT DISTINCT FROM $6 AND NOT is_retired
                   ON CONFLICT DO NOTHING RETURNING true AS "hasOpen"`,
            values: [source, topic, partition, ...place, this.clusterId],
          })
        : await sql<{ hasOpen: boolean }>({
            name: 'advance-progress',
            text: `UPDATE progress SET seq = seq + 1,
                     record_offset = coalesce($3, record_offset),
                     event_id = CASE WHEN $3::bigint IS NULL THEN event_id ELSE $4 END
                   WHERE source = $1 AND seq = $2
                     AND (SELECT cluster_id FROM origin) IS NOT DISTINCT FROM $5
                     AND NOT (SELECT is_retired FROM origin)
                   RETURNING EXISTS (SELECT FROM dead_letter WHERE state = 'open') AS "hasOpen"`,
            values: [source, seq, ...place, this.clusterId],
          });
    if (moved === undefined) throw await this.overtaken(sql, topic, partition);
    return moved.hasOpen;
  }

  /** The reason why nothing was written: `Overtaken`, or a fault when the cluster is another one. */
  private async overtaken(sql: Sql, topic: string, partition: number): Promise<Error> {
    const { clusterId } = await readOrigin(sql);
    return clusterId !== null && this.clusterId !== null && clusterId !== this.clusterId
      ? anotherCluster(this.clusterId, clusterId)
      : new Overtaken(partitionName(topic, partition));
  }

  /** The first event decides the source id of the views; when two members write first events, one of them wins. */
  private async noteSource(sql: Sql, sourceId: string, { topic, partition }: Basis): Promise<void> {
    const noted = await sql({
      name: 'note-source',
      text: `UPDATE origin SET source_id = $1 WHERE source_id IS NULL OR source_id = $1 RETURNING 1`,
      values: [sourceId],
    });
    if (noted.length === 0) throw new Overtaken(partitionName(topic, partition));
  }

  private sourceOf(basis: Basis): Source {
    return sourceOf(this.kept.topics, basis);
  }
}

async function readOrigin(sql: Sql): Promise<Origin> {
  const [origin] = await sql<Origin>({
    name: 'read-origin',
    text: 'SELECT source_id AS "sourceId", cluster_id AS "clusterId" FROM origin',
  });
  return origin ?? { sourceId: null, clusterId: null };
}

/** What members know of this store is not what it takes to read on. */
async function raiseEpoch(sql: Sql): Promise<void> {
  await sql({ name: 'raise-epoch', text: 'UPDATE origin SET epoch = epoch + 1' });
}

function stated(basis: Basis | null): Basis {
  if (basis === null) throw new TypeError('a step on a shared store must name its basis');
  return basis;
}
