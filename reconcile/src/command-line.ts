import { printableLines } from 'contracts/printable';
import { ConfigurationError } from 'service-kit/environment';
import { CannotCompare } from './cannot-compare';

/** What the programs of this folder end with. */
export const exitCode = { right: 0, different: 1, cannotTell: 2, usage: 64 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** The command line is wrong. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Runs a one-shot program; what went wrong is one line on stderr and a code. */
export async function runToExit(work: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    const known = [CannotCompare, ConfigurationError, UsageError].some((k) => error instanceof k);
    const text = error instanceof Error ? (known ? error.message : error.stack) : String(error);
    process.stderr.write(`${printableLines(text ?? '')}\n`);
    process.exitCode = error instanceof UsageError ? exitCode.usage : exitCode.cannotTell;
  }
}
