import { failpoint } from 'service-kit/failpoints';
import type { Known } from '../apply/changes';
import { failpoints } from '../failpoints';
import { refusesTotal, TotalExceeded } from '../views/totals';
import type { Statement, View } from '../views/view';
import type { AggregateType } from 'contracts/topics';
import { Connection, type Parameter } from './connection';
import {
  countDeadLetters,
  discardDeadLetter,
  healByRecord,
  healByVersion,
  type LetterCounts,
  type LostRange,
} from './dead-letters';
import { acceptance, readAccepted, readProgress, readRewound, rewind } from './origin';
import { statusOf } from './order-status';
import { Readers } from './readers';
import { creationOf } from './schema';
import { scriptOf } from './script';
import { statementsOf } from './step';
import { countOpenGaps, openGapsOf } from './version-gaps';
import type { AcceptedBeginning, Origin, PartitionProgress, Step, ViewStore } from './view-store';

/** Of an order, by the contract. */
const maxItems = 500;

/** The view store in one SQLite file: a writer, and readers that see only what is committed. */
export class SqliteViewStore implements ViewStore {
  private constructor(
    private readonly writer: Connection,
    private readonly readers: Readers,
  ) {}

  /**
   * Opens the file, and creates its tables when it is new.
   *
   * @param projectionVersion written into a new file as `user_version`
   * @param carried written into a new file behind its tables, one by one
   * @throws {StorageFault} when it is no database, or damaged where opening reads it
   */
  static async open(
    file: string,
    views: readonly View[],
    projectionVersion: number,
    carried: AsyncIterable<Statement> | readonly Statement[] = [],
  ): Promise<SqliteViewStore> {
    const writer = await Connection.openWriter(file);
    try {
      const [version] = await writer.all<{ user_version: number }>('PRAGMA user_version');
      if (version?.user_version === 0) await create(writer, views, projectionVersion, carried);
      return new SqliteViewStore(writer, await Readers.open(file));
    } catch (error) {
      await writer.close().catch(() => undefined);
      throw error;
    }
  }

  all<Row>(sql: string, ...parameters: Parameter[]): Promise<Row[]> {
    return this.readers.all<Row>(sql, ...parameters);
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
    // Each start of reading comes here: a disk without room for it is no reason not to read.
    if ((await this.origin()).clusterId === clusterId) return;
    await this.writer.all('UPDATE origin SET cluster_id = ?', clusterId);
    await failpoint(failpoints.clusterNoted);
  }

  async known(orders: readonly number[], products: readonly number[]): Promise<Known> {
    const knownOrders = await this.byIds<{ id: number; version: number; status: number }>(
      `SELECT order_id AS id, version, status FROM order_state
       WHERE order_id IN (SELECT value FROM json_each(?))`,
      orders,
    );
    await failpoint(failpoints.versionsRead);
    const knownProducts = await this.byIds<{ id: number; version: number }>(
      `SELECT product_id AS id, version FROM product_state
       WHERE product_id IN (SELECT value FROM json_each(?))`,
      products,
    );
    await failpoint(failpoints.versionsRead);
    return {
      orders: new Map(
        knownOrders.map(({ id, version, status }) => [id, { version, status: statusOf(status) }]),
      ),
      products: new Map(knownProducts.map(({ id, version }) => [id, version])),
    };
  }

  /**
   * Writes a step in one transaction. There is one caller at a time: the consumer hands over batch
   * after batch, and nothing else writes.
   */
  async commit(step: Step): Promise<void> {
    const healing = step.healing === null ? [] : [healByRecord(step.healing), healByVersion];
    await this.transaction([...statementsOf(step), ...healing]);
  }

  deadLetters(): Promise<LetterCounts> {
    return countDeadLetters(this.writer);
  }

  discard(id: number, by: string, why: string): Promise<void> {
    return this.transaction([discardDeadLetter(id, by, why)]);
  }

  openGaps(): Promise<number> {
    return countOpenGaps(this.writer);
  }

  openGapsOf(kind: AggregateType, ids: readonly number[]) {
    return openGapsOf(this.writer, kind, ids);
  }

  rewind(): Promise<void> {
    return rewind(this.writer);
  }

  rewound() {
    return readRewound(this.writer);
  }

  accept(beginnings: readonly AcceptedBeginning[], lost: readonly LostRange[]): Promise<void> {
    return this.transaction(acceptance(beginnings, lost));
  }

  acceptedBeginnings(): Promise<AcceptedBeginning[]> {
    return readAccepted(this.writer);
  }

  /** Takes over what another file knew of dead letters and gaps; versions that are applied heal them. */
  carry(pieces: AsyncIterable<Statement>): Promise<void> {
    return this.writeWhole(async () => {
      await this.writer.script('BEGIN IMMEDIATE');
      for await (const piece of pieces) await this.writer.script(scriptOf([piece]));
      await this.writer.script(healByVersion);
    });
  }

  check(): Promise<void> {
    return this.readers.check();
  }

  openSnapshot(): Promise<Connection> {
    return this.readers.openSnapshot();
  }

  /** A damaged file is closed as far as it goes. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const part of [this.readers, this.writer]) {
      await part.close().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0] as Error;
  }

  /**
   * Runs statements in one transaction. SQLite gets them as one script: one by one, each would wait for an event
   * loop that is busy with the next fetch.
   */
  private async transaction(statements: readonly (Statement | string)[]): Promise<void> {
    try {
      await this.writeWhole(() => this.writer.script(`BEGIN IMMEDIATE;\n${scriptOf(statements)}`));
    } catch (error) {
      throw refusesTotal(error) ? await this.exceeded(statements) : error;
    }
  }

  /** Commits what is written, or nothing of it. @param write begins the transaction, too */
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

  /** SQLite has rolled back by itself after some errors: the first one is what counts. */
  private rollBack(): Promise<void> {
    return this.writer.script('ROLLBACK').catch(() => undefined);
  }

  /** Names the total that one of these statements does not fit into. Writes nothing. */
  private async exceeded(statements: readonly (Statement | string)[]): Promise<TotalExceeded> {
    await this.writer.script('BEGIN IMMEDIATE');
    try {
      for (const statement of statements) {
        const total = await this.exceededBy(statement);
        if (total !== null) return new TotalExceeded(total);
      }
      return new TotalExceeded('several');
    } finally {
      await this.rollBack();
    }
  }

  /** @returns null when it fits, as a whole */
  private async exceededBy(statement: Statement | string): Promise<string | null> {
    const fits = (tried: Statement | string): Promise<boolean> =>
      this.writer.script(scriptOf([tried])).then(
        () => true,
        () => false,
      );
    if (await fits(statement)) return null;
    if (typeof statement === 'string') return 'several';
    const { rows, totalOf } = statement;
    // One aggregate writes at most a row per item. More is several of them, and will be split.
    for (let index = 0; index < rows.length && rows.length <= maxItems; index++) {
      if (!(await fits({ ...statement, rows: [rows[index]] })))
        return totalOf?.(index) ?? 'a product';
    }
    return 'several';
  }

  /** A batch is of one topic, so one of the two kinds of aggregate is never in it: no query then. */
  private byIds<Row>(sql: string, ids: readonly number[]): Promise<Row[]> {
    return ids.length === 0 ? Promise.resolve([]) : this.writer.all(sql, JSON.stringify(ids));
  }
}

async function create(
  writer: Connection,
  views: readonly View[],
  projectionVersion: number,
  carried: AsyncIterable<Statement> | readonly Statement[],
): Promise<void> {
  await writer.script(creationOf(views, projectionVersion));
  for await (const piece of carried) await writer.script(scriptOf([piece]));
}
