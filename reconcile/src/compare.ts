import type { SnapshotRows } from 'contracts/snapshot';
import { CannotCompare } from './cannot-compare';
import { Findings } from './finding';
import { compareTables } from './oracles/compare-tables';
import type { PostgresSnapshot } from './snapshots/postgres-snapshot';
import type { QuerySnapshot } from './snapshots/query-snapshot';
import { compareVersions, type Ranges, type Versions } from './versions/compare-versions';

/** The result of one look at both sides. */
export interface Look extends Versions {
  readonly findings: Findings;
  /** The parked record of each aggregate (`order:17`), the reason, and its version where the record tells it. */
  readonly parked: Map<string, { readonly what: string; readonly version: number | null }>;
}

/**
 * Compares two snapshots, of which PostgreSQL's was taken later. The views must be what the entities make at the
 * versions that the query service has.
 *
 * @param ranges some aggregates only, and no views; null: everything
 * @throws {CannotCompare} when a neighbour fails, or the snapshot is of another database
 */
export async function compare(
  snapshot: QuerySnapshot,
  postgres: PostgresSnapshot,
  ranges: Ranges | null,
): Promise<Look> {
  await sameSource(snapshot, postgres);
  const findings = new Findings();
  const versions = await compareVersions(snapshot, postgres, ranges, findings);
  // PostgreSQL no longer has what an order in correction contributed, so sums cannot be judged.
  if (ranges === null && versions.inCorrection === 0) {
    await compareTables(snapshot, postgres, versions.otherwise, findings);
  }
  const parked: Look['parked'] = new Map();
  for await (const row of snapshot.rows('dead-letter')) {
    const [, record, kind, subject, version, why] = row as Readonly<SnapshotRows['dead-letter']>;
    if (kind !== null)
      parked.set(`${kind}:${subject}`, { what: `${record} is parked: ${why}`, version });
  }
  await snapshot.finish();
  return { ...versions, findings, parked };
}

async function sameSource(
  { url, header }: QuerySnapshot,
  postgres: PostgresSnapshot,
): Promise<void> {
  const sourceId = await postgres.sourceId();
  if (header.sourceId === null || header.sourceId === sourceId) return;
  throw new CannotCompare(
    `the query service at ${url} counts the events of database ${header.sourceId}, ` +
      `and this PostgreSQL is ${sourceId}: new topics and a rebuild, or the other database`,
  );
}
