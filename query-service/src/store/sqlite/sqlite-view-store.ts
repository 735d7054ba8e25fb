import { aggregates, aggregateTypes } from 'contracts/aggregates';
import { failpoint } from 'service-kit/failpoints';
import type { AppliedVersions } from '../../model/changes';
import { failpoints } from '../../failpoints';
import { orTotalTooLarge } from './totals';
import { Connection } from './connection';
import {
  type CarriedRow,
  carryDeadLetters,
  countDeadLetters,
  discardDeadLetter,
  readSkippedBatches,
  recordSkippedBatch,
} from '../dead-letters';
import { healByVersion } from './dead-letters';
import type { DeadLetterCounts } from '../../model/dead-letter';
import type { LostRange, SkippedBatch } from '../../model/partition';
import { acceptance, readAccepted, readProgress, readRewound, rewind } from './origin';
import { Readers } from './readers';
import { selectApplied } from './aggregate-states';
import { type AppliedState, appliedStateOf } from '../aggregate-state';
import { creationOf } from './schema';
import { scriptInPieces, scriptOf, statementOf } from './script';
import { statementsOf } from './step';
import type { AcceptedBeginning, PartitionProgress } from '../../model/partition';
import type { Origin } from '../../model/history';
import type { Snapshot } from '../snapshot';
import type { KeptView } from '../table';
import type { AggregateIds, RowsWritten, Step, ViewStore } from '../view-store';

/** The view store in one SQLite file: a writer, and readers that see only what is committed. */
export class SqliteViewStore implements ViewStore {
  readonly sharing = null;

  private constructor(
    private readonly writer: Connection,
    readonly reader: Readers,
    private readonly views: readonly KeptView[],
  ) {}

  /**
   * Opens the file, and creates its tables when it is new.
   *
   * @param projectionVersion written into a new file as `user_version`
   * @throws {StorageFault} when it is no database, or damaged where opening reads it
   */
  static async open(
    file: string,
    views: readonly KeptView[],
    projectionVersion: number,
  ): Promise<SqliteViewStore> {
    const writer = await Connection.openWriter(file);
    try {
      const [version] = await writer.all<{ user_version: number }>('PRAGMA user_version');
      if (version?.user_version === 0) await writer.script(creationOf(views, projectionVersion));
      return new SqliteViewStore(writer, await Readers.open(file), views);
    } catch (error) {
      await writer.close().catch(() => undefined);
      throw error;
    }
  }

  progress(): Promise<PartitionProgress[]> {
    return readProgress(this.writer);
  }

  async origin(): Promise<Origin> {
    const [origin] = await this.writer.all<Origin>(
      'SELECT source_id AS sourceId, cluster_id AS clusterId FROM origin',
    );
    return origin ?? { sourceId: null, clusterId: null };
  }

  async setClusterId(clusterId: string): Promise<void> {
    // Called at each start: a full disk must not keep the service from reading, so do not write needlessly.
    if ((await this.origin()).clusterId === clusterId) return;
    await this.writer.all('UPDATE origin SET cluster_id = ?', clusterId);
    await failpoint(failpoints.clusterNoted);
  }

  async appliedVersions(ids: AggregateIds): Promise<AppliedVersions> {
    const known: Record<string, Map<number, unknown>> = {};
    for (const type of aggregateTypes) {
      const { table } = aggregates[type];
      const rows = await this.byIds<AppliedState>(selectApplied(type), ids[table]);
      await failpoint(failpoints.versionsRead);
      known[table] = new Map(rows.map((row) => [row.id, appliedStateOf(type, row)]));
    }
    return known as unknown as AppliedVersions;
  }

  /** Writes a step in one transaction. Only an applier calls it, so there is one call at a time. */
  async commit(step: Step, onWriting: () => void = () => undefined): Promise<RowsWritten> {
    const written = new Map<string, number>();
    const script = await scriptInPieces(statementsOf(step, this.views, written));
    const committed = this.transaction(script);
    onWriting();
    await committed;
    return written;
  }

  deadLetters(): Promise<DeadLetterCounts> {
    return countDeadLetters(this.writer);
  }

  discard(id: number, by: string, why: string): Promise<void> {
    return this.transaction(scriptOf([statementOf(discardDeadLetter(id, by, why))]));
  }

  skip(batch: SkippedBatch, reason: string, by: string, why: string): Promise<void> {
    return this.transaction(
      scriptOf([statementOf(recordSkippedBatch(batch, { reason, by, why }, {}))]),
    );
  }

  skippedBatches(): Promise<SkippedBatch[]> {
    return readSkippedBatches(this.writer);
  }

  rewind(): Promise<void> {
    return rewind(this.writer);
  }

  rewound() {
    return readRewound(this.writer);
  }

  accept(beginnings: readonly AcceptedBeginning[], lost: readonly LostRange[]): Promise<void> {
    return this.transaction(scriptOf(acceptance(beginnings, lost)));
  }

  acceptedBeginnings(): Promise<AcceptedBeginning[]> {
    return readAccepted(this.writer);
  }

  /** Takes over what another file knew of dead letters; versions that are applied heal them. */
  carry(pages: AsyncIterable<readonly CarriedRow[]>): Promise<void> {
    return this.writeWhole(async () => {
      await this.writer.script('BEGIN IMMEDIATE');
      for await (const page of pages) {
        const writes = carryDeadLetters(page, {}).map(statementOf);
        await this.writer.script(scriptOf(writes));
      }
      await this.writer.script(healByVersion);
    });
  }

  check(): Promise<void> {
    return this.reader.check();
  }

  openSnapshot(): Promise<Snapshot> {
    return this.reader.openSnapshot();
  }

  copyTo(file: string): Promise<void> {
    return this.reader.copyTo(file);
  }

  /** Closes the file; a damaged one is closed as far as possible. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const part of [this.reader, this.writer]) {
      await part.close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0] as Error;
  }

  /**
   * Runs statements in one transaction. SQLite gets them as one script, because separately each would wait for an event
   * loop that is busy with the next fetch.
   */
  private async transaction(script: string): Promise<void> {
    try {
      await this.writeWhole(() => this.writer.script(`BEGIN IMMEDIATE;\n${script}`));
    } catch (error) {
      throw orTotalTooLarge(error);
    }
  }

  /** Commits everything that `write` writes, or nothing. @param write also begins the transaction */
  private async writeWhole(write: () => Promise<void>): Promise<void> {
    try {
      await write();
      await failpoint(failpoints.beforeCommit);
      await this.writer.script('COMMIT');
    } catch (error) {
      await this.rollBack();
      throw error;
    }
    await failpoint(failpoints.committed);
  }

  /** Rolls back, unless SQLite has done so by itself after some errors; the first error is what counts. */
  private rollBack(): Promise<void> {
    return this.writer.script('ROLLBACK').catch(() => undefined);
  }

  /** Skips the query without ids: a batch comes from one topic, so it lacks the other kinds of aggregates. */
  private byIds<Row>(sql: string, ids: readonly number[]): Promise<Row[]> {
    return ids.length === 0 ? Promise.resolve([]) : this.writer.all(sql, JSON.stringify(ids));
  }
}
