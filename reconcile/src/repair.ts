import type { Command } from 'contracts/commands';
import type { Finding, Problem } from './finding';

/** The most names in one command, so that its line can still be read and pasted. */
const namesAtOnce = 50;

/**
 * The commands that repair these findings. A missing event is emitted again: from its outbox row, or from the entity
 * when the row was purged. A parked event is redriven. A row that SQL changed is emitted as it is now, under a new
 * version. Views that are wrong by themselves are rebuilt. Sums of changed orders can be judged only after that.
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

/** The command that emits newest events again or, with `--as-is` first, present states under new versions. */
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
