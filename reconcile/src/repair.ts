import type { Command } from 'contracts/commands';
import type { Finding, Problem } from './finding';

/** Names in one command: a line that can still be read and pasted. */
const namesAtOnce = 50;

/**
 * What mends these findings: an event that has not come is written again, by itself when its outbox row is
 * there and from the entity when it was purged; one that came and is parked is read again; a row that was changed by
 * SQL is told as it is now, under a new version; views that are wrong by themselves are filled anew. What the sums
 * of changed orders should be is known only after that.
 */
export function repairsOf(findings: readonly Finding[]): Command[] {
  const keysOf = (problem: Problem): string[] =>
    findings.filter((one) => one.problem === problem && one.because === null).map(({ key }) => key);
  const changed = keysOf('changed');
  const isParked = findings.some((one) => one.problem === 'missing' && one.because !== null);
  const isWrong = findings.some(
    ({ problem }) =>
      problem !== 'missing' &&
      problem !== 'changed' &&
      (problem !== 'total' || changed.length === 0),
  );
  return [
    ...inPieces(keysOf('missing')).map((args) => reemit(...args)),
    ...(isParked ? [redriveAll] : []),
    ...inPieces(changed).map((args) => reemit('--as-is', ...args)),
    ...(isWrong ? [rebuild] : []),
  ];
}

/** Writes newest events again; with `--as-is` first, the present states under new versions. */
export const reemit = (...args: string[]): Command => ({ script: 'reemit', args });
export const rebuild: Command = { script: 'consumption', args: ['rebuild'] };
const redriveAll: Command = { script: 'dead-letters', args: ['redrive', '--all'] };

function inPieces(keys: readonly string[]): string[][] {
  const pieces: string[][] = [];
  for (let at = 0; at < keys.length; at += namesAtOnce) {
    pieces.push(keys.slice(at, at + namesAtOnce));
  }
  return pieces;
}
