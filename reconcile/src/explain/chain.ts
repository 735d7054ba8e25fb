import type { AggregateType } from 'contracts/aggregates';
import type { Command } from 'contracts/commands';
import { rebuild, reemit } from '../repair';
import { isCounted, standing, type State } from '../versions/state';
import type { Line } from './lines';
import type { Place } from './records';

/** An aggregate on its whole way, as far as each hop knows it. */
export interface Link {
  readonly kind: AggregateType;
  readonly id: number;
  /** PostgreSQL's row; undefined: there is none. */
  readonly row: (State & { readonly label: string }) | undefined;
  /** Its outbox rows that are still there. */
  readonly outbox: readonly { readonly eventId: string; readonly version: number }[];
  readonly records: readonly Place[];
  /** PostgreSQL's state is what its event tells, as far as the outbox has that still. */
  readonly isAsEmitted: boolean;
  /** What the query service has applied. */
  readonly applied: State | undefined;
  readonly parked: readonly {
    readonly record: string;
    readonly reason: string;
    readonly version: number | null;
  }[];
  /** What it adds to the total in question, when it is counted. */
  readonly lines: readonly Line[];
}

/** Something that is not as it should be, and the command that repairs it. */
export interface Fault {
  readonly what: string;
  readonly repair: Command | null;
}

/** What the link adds now, in cents: its lines, when its applied version counts. */
export const contribution = ({ applied, lines }: Link): bigint =>
  isCounted(applied) ? lines.reduce((sum, { cents }) => sum + cents, 0n) : 0n;

/** Where the chain is broken, if it is. What is merely on its way is for the caller to leave out. Pure. */
export function linkFaults(link: Link): Fault[] {
  const { kind, id, row, applied } = link;
  const name = `${kind}:${id}`;
  const has = `the views have version ${applied?.version ?? 0}`;
  switch (standing(row, applied)) {
    case 'equal':
      return [];
    case 'behind': {
      const parked = link.parked.map(({ record, reason }) => ({
        what: `${name}: ${record} is parked: ${reason}`,
        repair: { script: 'dead-letters', args: ['redrive', record] } as const,
      }));
      if (parked.length > 0) return parked;
      const newest = link.records.find(({ version }) => version === row?.version);
      const where =
        newest === undefined
          ? `its event is in no record of Kafka`
          : `its event is ${newest.record} and was not applied`;
      return [
        {
          what: `${name}: PostgreSQL has version ${row?.version}, ${has}: ${where}`,
          repair: reemit(name),
        },
      ];
    }
    case 'ahead':
      return [{ what: `${name}: PostgreSQL has version ${row?.version}, ${has}`, repair: rebuild }];
    case 'unknown':
      return applied === undefined
        ? [{ what: `there is no ${kind} ${id}`, repair: null }]
        : [{ what: `${name}: PostgreSQL has no such ${kind}, ${has}`, repair: rebuild }];
    case 'changed': {
      const what = `${name}: version ${row?.version} is ${row?.label}, and the views have another content of it`;
      return link.isAsEmitted
        ? [{ what: `${what}: its event says what PostgreSQL says`, repair: rebuild }]
        : [
            {
              what: `${what}: the row was changed without an event`,
              repair: reemit('--as-is', name),
            },
          ];
    }
  }
}

/** The event that stands behind the applied version, or the newest that there is. */
export function eventOf(link: Link, version: number): { id: string; record: string } {
  const row = link.outbox.find((event) => event.version === version);
  const place = link.records.find((record) => record.version === version);
  return {
    id: row?.eventId ?? (place === undefined ? 'none' : `${place.eventId} (purged)`),
    record: place?.record ?? 'none',
  };
}
