import type { Finding } from './finding';

/** A command of this repository: its npm script and arguments. */
export interface Repair {
  readonly script: 'reemit' | 'dead-letters' | 'consumption';
  readonly args: readonly string[];
}

/** Names in one command: a line that can still be read and pasted. */
const namesAtOnce = 50;

/**
 * What mends these findings: an event that has not come is written again, by itself when its outbox row is
 * there and from the entity when it was purged; one that came and is parked is read again; views that are
 * wrong by themselves are filled anew.
 */
export function repairsOf(findings: readonly Finding[]): Repair[] {
  const missing = findings.filter(({ problem }) => problem === 'missing');
  const lost = missing.filter(({ because }) => because === null).map(({ key }) => key);
  const repairs: Repair[] = [];
  for (let at = 0; at < lost.length; at += namesAtOnce) {
    repairs.push({ script: 'reemit', args: lost.slice(at, at + namesAtOnce) });
  }
  if (lost.length < missing.length) {
    repairs.push({ script: 'dead-letters', args: ['redrive', '--all'] });
  }
  if (missing.length < findings.length) repairs.push({ script: 'consumption', args: ['rebuild'] });
  return repairs;
}

/** The command as it is typed here, or for containers. */
export function commandOf({ script, args }: Repair, inContainer: boolean): string {
  if (!inContainer) return `npm run ${script} -- ${args.join(' ')}`;
  const [service, file] = {
    reemit: ['command-service', 'dist/reemit.js'],
    'dead-letters': ['query-service', 'dist/dead-letters-cli.js'],
    consumption: ['query-service', 'dist/consumption-cli.js'],
  }[script] as [string, string];
  return `docker compose exec ${service} node ${file} ${args.join(' ')}`;
}
