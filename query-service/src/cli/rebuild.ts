import { setTimeout as wait } from 'node:timers/promises';
import { commandOf } from 'contracts/commands';
import { printable } from 'contracts/printable';
import { exitCode, type ExitCode, NoAnswer } from 'service-kit/command-errors';
import { print } from 'service-kit/command-line';
import type { Replica } from '../replica';
import type { Cli } from './config';

/** The answer of `GET /consumption`. */
export type Status = ReturnType<Replica['describe']>;
type RebuildStatus = NonNullable<Status['rebuild']>;

const everyMs = 1_000;
/** How long a service may be away: after a restart it goes on with its rebuild. */
const awayMs = 60_000;

/** The progress of a rebuild, for people. @param details adds a line per partition */
export function rebuildLines(rebuild: RebuildStatus, details: boolean): string[] {
  const { state, why, file, percent, read, toRead, offsetsPerSecond, secondsLeft } = rebuild;
  const rate = state === 'filling' ? `, ${offsetsPerSecond}/s, ${secondsLeft ?? '?'} s left` : '';
  const lines = [
    `rebuild (${why}): ${state}${rebuild.held ? ', held' : ''}, ${percent} % (${read} of ${toRead} offsets${rate}) in ${file}`,
  ];
  if (details && state === 'filling') {
    lines.push(...rebuild.partitions.map((p) => `  ${p.partition}: ${p.read} of ${p.toRead}`));
  }
  lines.push(...rebuild.differences.map((difference) => `  differs: ${difference}`));
  if (rebuild.failure !== null) lines.push(`  ${rebuild.failure}`);
  if (rebuild.held) {
    const compare = commandOf({ script: 'reconcile', args: ['--candidate'] });
    const swap = commandOf({ script: 'consumption', args: ['swap'] });
    lines.push(`held: compare by \`${compare}\`, then \`${swap}\`, or \`abort\``);
  }
  return lines;
}

/**
 * Shows a rebuild's progress until it has swapped, has failed, or waits for the operator.
 *
 * @param held whether it was asked to wait for the operator
 * @returns the exit code: done when it has swapped, or is held and was asked to be
 */
export async function follow({ client }: Cli, held: boolean): Promise<ExitCode> {
  let candidate: string | null = null;
  let shown = '';
  let reachableAt = performance.now();
  for (;;) {
    const status = await client.get('/consumption').then(
      ({ body }) => body as Status,
      (error: unknown) => {
        if (!(error instanceof NoAnswer) || performance.now() - reachableAt > awayMs) throw error;
        return null;
      },
    );
    if (status !== null) {
      reachableAt = performance.now();
      const { rebuild } = status;
      candidate = rebuild?.file ?? candidate;
      const lines = (rebuild === null ? status.notReady : rebuildLines(rebuild, false))
        .map(printable)
        .join('\n');
      if (lines !== shown && lines !== '') print(lines);
      shown = lines;
      const code = verdict(status, candidate, held);
      if (code !== null) return code;
    }
    await wait(everyMs);
  }
}

/** The exit code of a rebuild that has ended or waits; null while it goes on. */
function verdict(status: Status, candidate: string | null, held: boolean): ExitCode | null {
  const { rebuild } = status;
  if (rebuild === null) {
    // The process was restarted after the swap, or the new file serves from its beginning.
    const serves = candidate === null || (status.file?.endsWith(candidate) ?? false);
    if (!serves || status.state === 'untrusted') return exitCode.found;
    return candidate !== null || status.notReady.length === 0 ? exitCode.well : null;
  }
  if (rebuild.state === 'swapped') return exitCode.well;
  if (rebuild.state === 'failed' || rebuild.state === 'aborted') return exitCode.found;
  if (rebuild.held)
    return held && rebuild.differences.length === 0 ? exitCode.well : exitCode.found;
  return null;
}
