import {
  type SnapshotEndLine,
  type SnapshotFirstLine,
  type SnapshotHeader,
  type SnapshotRows,
  type SnapshotSection,
  snapshotSections,
} from 'contracts/snapshot';
import { CannotCompare, reason } from './cannot-compare';
import type { Replica } from './config';

/** Of a query service that has stopped sending. */
const silenceMs = 60_000;

/** Which file of a replica: the one that answers, or the one that a rebuild makes ready to. */
export type ComparedFile = 'serving' | 'candidate';

/** What of it, as the query parameters of `GET /snapshot`. */
export interface Restriction {
  readonly of?: ComparedFile;
  readonly orders?: string;
  readonly products?: string;
  readonly customers?: string;
}

/**
 * One read transaction of a query service, read forward: sections in their order, each once, rows as
 * they come. What is left unread of a section is passed over.
 */
export class QuerySnapshot {
  private next: string | undefined;
  private readonly counts: Partial<Record<SnapshotSection, number>> = {};

  private constructor(
    readonly url: string,
    readonly header: SnapshotHeader,
    private readonly lines: AsyncGenerator<string, undefined>,
    private readonly abort: AbortController,
  ) {}

  /**
   * Resolves when the transaction has begun: whoever reads PostgreSQL after that sees everything that
   * this snapshot can contain.
   *
   * @throws {CannotCompare} when the query service does not answer, or not with a snapshot
   */
  static async open(
    { url, headers = () => ({}) }: Replica,
    restriction: Restriction = {},
  ): Promise<QuerySnapshot> {
    const address = new URL('snapshot', url.endsWith('/') ? url : `${url}/`);
    for (const [name, ranges] of Object.entries(restriction)) {
      address.searchParams.set(name, ranges as string);
    }
    const abort = new AbortController();
    try {
      const answer = await fetch(address, { headers: headers(), signal: abort.signal });
      if (!answer.ok || answer.body === null) {
        throw new Error(`${answer.status} ${await answer.text()}`);
      }
      const lines = linesOf(answer.body, abort);
      const first = (await lines.next()).value ?? '{}';
      const { snapshot } = JSON.parse(first) as Partial<SnapshotFirstLine>;
      if (snapshot === undefined) throw new Error('it sent no header');
      return new QuerySnapshot(url, snapshot, lines, abort);
    } catch (error) {
      abort.abort();
      throw notAnswered(url, error);
    }
  }

  /** The rows of a section, ascending. @throws {CannotCompare} when the stream is cut */
  async *rows<S extends SnapshotSection>(section: S): AsyncGenerator<SnapshotRows[S]> {
    const wanted = snapshotSections.indexOf(section);
    for (;;) {
      const line = await this.peek();
      const parsed = JSON.parse(line) as [SnapshotSection, ...SnapshotRows[S]] | SnapshotEndLine;
      if (!Array.isArray(parsed) || snapshotSections.indexOf(parsed[0]) > wanted) return;
      this.next = undefined;
      const [name, ...row] = parsed;
      this.counts[name] = (this.counts[name] ?? 0) + 1;
      if (name === section) yield row;
    }
  }

  /** Reads to the end and checks that every row has come. @throws {CannotCompare} when not */
  async finish(): Promise<void> {
    for await (const row of this.rows('dead-letter')) void row;
    const { end } = JSON.parse(await this.peek()) as SnapshotEndLine;
    for (const section of snapshotSections) {
      const came = this.counts[section] ?? 0;
      if (end[section] === came) continue;
      throw notAnswered(this.url, `${came} of ${end[section]} rows of ${section} have come`);
    }
  }

  /** Ends the transaction, at the end or before. */
  close(): void {
    this.abort.abort();
  }

  private async peek(): Promise<string> {
    if (this.next !== undefined) return this.next;
    try {
      this.next = (await this.lines.next()).value;
    } catch (error) {
      throw notAnswered(this.url, error);
    }
    if (this.next === undefined) throw notAnswered(this.url, 'the snapshot was cut');
    return this.next;
  }
}

const notAnswered = (url: string, error: unknown): CannotCompare =>
  error instanceof CannotCompare
    ? error
    : new CannotCompare(`the query service at ${url} does not answer: ${reason(error)}`);

async function* linesOf(
  body: ReadableStream<Uint8Array>,
  abort: AbortController,
): AsyncGenerator<string, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const silence = setTimeout(() => abort.abort(new Error('it is silent')), silenceMs);
    const { done, value } = await reader.read().finally(() => clearTimeout(silence));
    if (done) return undefined;
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
