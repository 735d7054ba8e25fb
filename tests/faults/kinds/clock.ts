import { readFileSync, writeFileSync } from 'node:fs';
import { query } from 'local/query';
import type { Fault, Injected } from '../fault';
import { clockParts, type FaultSystem } from '../system';
import { Violation } from '../violation';

const hourMs = 3_600_000;

const jumps = [
  { hours: -1, by: '−1 h' },
  { hours: 1, by: '+1 h' },
] as const;

const watermarksWay = [
  ...['postgres', 'relay-keeper', 'connect', 'connector', 'kafka', 'events', 'query-service'],
  'clock of query-service',
];

/** The clock of each service jumps by an hour, and back again; so does PostgreSQL's, which stamps watermarks. */
export const clockJumps: Fault[] = [...clockParts, 'postgres' as const].flatMap((part) =>
  jumps.map(({ hours, by }) => ({
    name: `clock: ${part} ${by}`,
    disturbs: [`clock of ${part}`],
    // It is the part that shows the time; PostgreSQL's comes through with watermarks.
    needs: part === 'postgres' ? watermarksWay : [part],
    inject: ({ system }) => {
      if (part === 'postgres') return databaseJumps(system, hours);
      const file = system.clockFile(part);
      writeFileSync(file, String(hours * hourMs));
      return Promise.resolve({
        happened: () => {
          const [pid = '', shiftMs = '', shows = ''] = readFileSync(`${file}.seen`, 'utf8').split(
            ' ',
          );
          const off = Math.round((Number(shows) - Date.now()) / hourMs);
          if (Number(pid) !== system.stack.runningPid(part) || Number(shiftMs) !== hours * hourMs) {
            throw new Error(`${part} has not seen its clock jump`);
          }
          return `process ${pid} shows a time that is ${off} h off`;
        },
        end: () => writeFileSync(file, '0'),
      });
    },
  })),
);

/** Answers that went on with the instant from before would claim what is not in Kafka yet. */
async function asOfFollows(queries: string, hours: number): Promise<void> {
  const { headers } = await fetch(`${queries}/health/ready`);
  const asOf = headers.get('as-of');
  const off = Math.round((Date.parse(asOf ?? '') - Date.now()) / hourMs);
  if (off !== hours)
    throw new Violation('F', `PostgreSQL is ${hours} h off, answers are as of ${asOf}`);
}

function databaseJumps({ stack, databaseClock }: FaultSystem, hours: number): Promise<Injected> {
  databaseClock.shift(hours);
  return Promise.resolve({
    happened: async () => {
      const [row] = await query<{ now: Date }>(stack.database, 'SELECT clock_timestamp() AS now');
      const off = Math.round(((row?.now.getTime() ?? 0) - Date.now()) / hourMs);
      if (off !== hours) throw new Error(`PostgreSQL's clock is ${off} h off`);
      // An instant ahead of the query service's own clock is refused.
      if (hours < 0) await asOfFollows(stack.queries, hours);
      return `PostgreSQL shows a time that is ${off} h off`;
    },
    end: () => databaseClock.shift(0),
  });
}
