/** The exit codes of every operator's command. */
export const exitCode = {
  /** All is well, or it is done. */
  well: 0,
  /** It found something: differences, a hop that is not well, a dead letter that stays open, a refusal. */
  found: 1,
  /** A part of the system does not answer, or something failed on the way. */
  noAnswer: 2,
  /** There is no such order, dead letter, event, … */
  notFound: 3,
  /** The arguments or the configuration are wrong; nothing was done. sysexits.h calls it EX_USAGE. */
  usage: 64,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** An error that an operator sees as one line, with the command's exit code. */
export abstract class CommandError extends Error {
  abstract readonly exitCode: ExitCode;
}

/** The arguments are wrong. Nothing was done. */
export class UsageError extends CommandError {
  override name = 'UsageError';
  readonly exitCode = exitCode.usage;
}

/** What was asked for is not there. Nothing was done. */
export class NotFound extends CommandError {
  override name = 'NotFound';
  readonly exitCode = exitCode.notFound;
}

/** The system says no, and why. */
export class Refused extends CommandError {
  override name = 'Refused';
  readonly exitCode = exitCode.found;
}

/** A part of the system does not answer, or cannot tell. */
export class NoAnswer extends CommandError {
  override name = 'NoAnswer';
  readonly exitCode: ExitCode = exitCode.noAnswer;
}

/** Says in one line why something failed, without the wrapping that hides it (`fetch failed`). */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(reason).join('; ');
  if (error.cause !== undefined) return reason(error.cause);
  return error.message.split('\n', 1)[0] ?? error.name;
}
