import type { AggregateType } from 'contracts/aggregates';
import type { Command } from 'contracts/commands';
import { rebuild, reemit } from '../repair';
import { isCounted, standing, type State } from '../versions/state';
import type { Line } from './lines';
import type { Place } from './records';

/** What each hop knows of an aggregate. */
export interface Link {
  readonly kind: AggregateType;
  readonly id: number;
  /** PostgreSQL's row; undefined when there is none. */
  readonly row: (State & { readonly label: string }) | undefined;
  /** Its rows that are still in the outbox. */
  readonly outbox: readonly { readonly eventId: string; readonly version: number }[];
  readonly records: readonly Place[];
  /** Whether PostgreSQL's state equals that of its event, as far as the outbox still has the event. */
  readonly isAsEmitted: boolean;
  /** The version that the query service has applied. */
  readonly applied: State | undefined;
  readonly parked: readonly {
    readonly record: string;
    readonly reason: string;
    readonly version: number | null;
  }[];
  /** The lines that it adds to the total in question when it is counted. */
  readonly lines: readonly Line[];
}

/** Something that is wrong, and the command that repairs it. */
export interface Fault {
  readonly what: string;
  readonly repair: Command | null;
}

/** The cents that the link adds now: its lines, when its applied version counts. */
export const contribution = ({ applied, lines }: Link): bigint =>
  isCounted(applied) ? lines.reduce((sum, { cents }) => sum + cents, 0n) : 0n;

/** The places where the chain is broken. The caller leaves out what is merely on its way. Pure. */
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

/** The event of this version, by its id and its record; `none` where it is not found. */
export function eventOf(link: Link, version: number): { id: string; record: string } {
  const row = link.outbox.find((event) => event.version === version);
  const place = link.records.find((record) => record.version === version);
  return {
    id: row?.eventId ?? (place === undefined ? 'none' : `${place.eventId} (purged)`),
    record: place?.record ?? 'none',
  };
}
