import { type AggregateTable, aggregateTypes } from 'contracts/aggregates';
import type { SnapshotEndLine, SnapshotFirstLine, SnapshotHeader } from 'contracts/snapshot';
import { reason } from 'service-kit/command-errors';
import { CannotCompare } from '../cannot-compare';
import { ask, type Replica } from '../replica';
import { parseExactly, type Row, type Value } from './row';

/** After this long without data, the query service is given up. */
const silenceMs = 60_000;

/** A file of a replica: the one that serves, or the one that a rebuild fills. */
export type ComparedFile = 'serving' | 'candidate';

/** The query parameters of `GET /snapshot`: which file, and which ids. */
export type Restriction = { readonly of?: ComparedFile } & Readonly<
  Partial<Record<AggregateTable | 'customers', string>>
>;

/**
 * One read transaction of a query service. Sections are read in their order, each once; unread rows of a section are
 * skipped.
 */
export class QuerySnapshot {
  private readonly sections: readonly string[];
  private readonly counts: number[];
  private page: Line[] = [];
  private at = 0;

  private constructor(
    readonly url: string,
    readonly header: SnapshotHeader,
    private readonly lines: AsyncGenerator<Line[], undefined>,
    private readonly abort: AbortController,
  ) {
    const tables = header.tables.map(({ name }) => name);
    this.sections = [...aggregateTypes, ...tables, 'dead-letter'];
    this.counts = this.sections.map(() => 0);
  }

  /**
   * Resolves when the transaction has begun: a later snapshot of PostgreSQL contains everything that this one can
   * contain.
   *
   * @throws {CannotCompare} when the query service does not answer, or not with a snapshot
   */
  static async open(replica: Replica, restriction: Restriction = {}): Promise<QuerySnapshot> {
    const { url } = replica;
    const path = `snapshot?${new URLSearchParams(restriction).toString()}`;
    const abort = new AbortController();
    try {
      const silence = setTimeout(() => abort.abort(new Error('it is silent')), silenceMs);
      const answer = await ask(replica, path, { signal: abort.signal }).finally(() =>
        clearTimeout(silence),
      );
      if (!answer.ok || answer.body === null) {
        throw new Error(`${answer.status} ${await answer.text()}`);
      }
      const lines = linesOf(answer.body, abort);
      const page = (await lines.next()).value ?? [];
      const { snapshot: header } = (page[0] ?? {}) as Partial<SnapshotFirstLine>;
      if (header?.tables === undefined) throw new Error('it sent no header that tells its tables');
      const snapshot = new QuerySnapshot(url, header, lines, abort);
      snapshot.page = page.slice(1);
      return snapshot;
    } catch (error) {
      abort.abort();
      throw notAnswered(url, error);
    }
  }

  /** The rows of a section, ascending, some at a time. @throws {CannotCompare} when the stream is cut */
  async *pages(section: string): AsyncGenerator<Row[]> {
    const wanted = this.sections.indexOf(section);
    for (;;) {
      const rows = this.takeRows(wanted);
      if (rows.length > 0) yield rows;
      if (this.at < this.page.length) return;
      await this.turnPage();
    }
  }

  /** The same rows one by one, for sections with few rows. */
  async *rows(section: string): AsyncGenerator<Row> {
    for await (const rows of this.pages(section)) yield* rows;
  }

  /** The rows of a view's table as objects, by their columns' names. */
  async *records(table: string): AsyncGenerator<Record<string, Value>> {
    const declared = this.header.tables.find(({ name }) => name === table);
    const columns = [...(declared?.key ?? []), ...(declared?.columns ?? [])];
    for await (const row of this.rows(table)) {
      yield Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]));
    }
  }

  /** Reads to the end and checks that every row has come. @throws {CannotCompare} when not */
  async finish(): Promise<void> {
    for await (const rows of this.pages('dead-letter')) void rows;
    const { end } = this.page[this.at] as SnapshotEndLine;
    for (const [i, section] of this.sections.entries()) {
      const sent = (end as Record<string, number>)[section];
      if (sent === this.counts[i]) continue;
      throw notAnswered(this.url, `${this.counts[i]} of ${sent} rows of ${section} have come`);
    }
  }

  /** Ends the transaction, at the end or before. */
  close(): void {
    this.abort.abort();
  }

  /** Takes rows up to the first row of a later section, or up to the end of the received data. */
  private takeRows(wanted: number): Row[] {
    const rows: Row[] = [];
    for (; this.at < this.page.length; this.at++) {
      const line = this.page[this.at];
      if (!Array.isArray(line)) break;
      const [name, ...row] = line;
      const section = this.sections.indexOf(name);
      if (section > wanted) break;
      this.counts[section] = (this.counts[section] ?? 0) + 1;
      if (section === wanted) rows.push(row);
    }
    return rows;
  }

  private async turnPage(): Promise<void> {
    try {
      const { done, value } = await this.lines.next();
      if (done) throw new Error('the snapshot was cut');
      this.page = value;
      this.at = 0;
    } catch (error) {
      throw notAnswered(this.url, error);
    }
  }
}

const notAnswered = (url: string, error: unknown): CannotCompare =>
  error instanceof CannotCompare
    ? error
    : new CannotCompare(`the query service at ${url} does not answer: ${reason(error)}`);

/** A row, after the name of its section; the first and the last line are objects. */
type Line = [string, ...Value[]] | SnapshotFirstLine | SnapshotEndLine;

async function* linesOf(
  body: ReadableStream<Uint8Array>,
  abort: AbortController,
): AsyncGenerator<Line[], undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const silence = setTimeout(() => abort.abort(new Error('it is silent')), silenceMs);
    const { done, value } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return undefined;
    const text = rest + decoder.decode(value, { stream: true });
    const end = text.lastIndexOf('\n');
    rest = text.slice(end + 1);
    // All lines become one JSON array, which is parsed at once.
    if (end > 0) yield parseExactly(`[${text.slice(0, end).replaceAll('\n', ',')}]`) as Line[];
  }
}
