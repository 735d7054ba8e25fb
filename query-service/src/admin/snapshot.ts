import { Readable } from 'node:stream';
import Router from '@koa/router';
import { aggregates, eachAggregate } from 'contracts/aggregates';
import {
  type IdRange,
  parseRanges,
  type SnapshotEndLine,
  type SnapshotHeader,
} from 'contracts/snapshot';
import { Problem } from 'service-kit/problem';
import type { Replica } from '../replica';
import { type Restriction, type Section, sectionsOf, type Snapshot } from '../store/snapshot';

/**
 * A client that stops reading keeps SQLite's log from being truncated, so its connection is closed after this long. It
 * is long because reconcile reads nothing while PostgreSQL sums up all order lines, seconds per million of them.
 */
const stalledAfterMs = 600_000;

/**
 * `GET /snapshot`: versions and views as of one instant, for comparing them with PostgreSQL.
 * One read transaction, streamed as lines (contracts/snapshot.ts).
 *
 * `?orders=1-1000,…`, `?products=…` and `?customers=…` restrict it to those aggregates, and to the rows of those orders,
 * products and customers in the views' tables that have such an id in their key; with one of them given, the others are
 * empty unless given too. Tables without an id, and dead letters, come whole. `?of=candidate` is the file that a rebuild
 * makes ready.
 */
export function snapshotRoutes(replica: Replica): Router {
  const router = new Router();
  router.get('/snapshot', async (ctx) => {
    const byCustomer = { customer: readRanges('customers', ctx.query.customers) };
    const given: Restriction = {
      ...byCustomer,
      ...eachAggregate((type) => {
        const { table } = aggregates[type];
        return readRanges(table, ctx.query[table]);
      }),
    };
    const which = readFile(ctx.query.of);
    const isWhole = Object.values(given).every((ranges) => ranges === undefined);
    const restriction = isWhole ? null : given;
    const { snapshot, lines } = await startSnapshot(replica, which, restriction);
    ctx.res.setTimeout(stalledAfterMs);
    ctx.type = 'application/x-ndjson';
    // The first line is read within the transaction and sent at once: a client that has it knows that no later line is
    // newer.
    const body = Readable.from(lines, { objectMode: false, highWaterMark: 1 });
    // `close` comes when the body is read to its end, aborted, or never read, as by HEAD. It ends the transaction.
    body.once('close', () => void snapshot.close());
    ctx.body = body;
  });
  return router;
}

/** Opens the transaction before the answer begins, so that a failure is still answered as a problem. */
async function startSnapshot(
  replica: Replica,
  which: 'serving' | 'candidate',
  restriction: Restriction | null,
): Promise<{ snapshot: Snapshot; lines: AsyncGenerator<string> }> {
  // Read before the transaction begins, so that the transaction sees at least what this includes.
  const asOf = replica.asOfFile(which);
  const unverified = which === 'serving' ? replica.doubtToken : null;
  const snapshot = await replica.openSnapshot(which);
  const { version, views } = replica.definition;
  const header = {
    projectionVersion: version,
    ...snapshot.origin,
    asOf,
    unverified,
    tables: views.flatMap(({ tables }) =>
      tables.map(({ name, key, adds, sets }) => ({
        name,
        key: Object.keys(key),
        columns: Object.keys({ ...adds, ...sets }),
      })),
    ),
  };
  return { snapshot, lines: write(snapshot, header, sectionsOf(views), restriction) };
}

async function* write(
  snapshot: Snapshot,
  header: SnapshotHeader,
  sections: readonly Section[],
  restriction: Restriction | null,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ snapshot: header })}\n`;
  const counts: Record<string, number> = {};
  for (const section of sections) {
    let count = 0;
    for await (const lines of snapshot.lines(section, restriction)) {
      count += lines.length;
      yield lines.map((line) => `${line}\n`).join('');
    }
    counts[section.name] = count;
  }
  const last: SnapshotEndLine = { end: counts };
  yield `${JSON.stringify(last)}\n`;
}

function readFile(text: string | string[] | undefined): 'serving' | 'candidate' {
  if (text === undefined || text === 'serving') return 'serving';
  if (text === 'candidate') return 'candidate';
  throw new Problem(400, 'of must be serving or candidate');
}

function readRanges(name: string, text: string | string[] | undefined): IdRange[] | undefined {
  if (text === undefined) return undefined;
  const ranges = typeof text === 'string' ? parseRanges(text) : null;
  if (ranges === null) throw new Problem(400, `${name} must be ranges of ids such as 1-1000,7-7`);
  return ranges;
}
