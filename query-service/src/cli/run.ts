import { nameCommandsFor } from 'contracts/commands';
import { printableLines } from 'contracts/printable';
import { ConfigurationError } from 'service-kit/environment';
import { AdminClient, Refused, Unreachable } from './client';
import { readCliConfig } from './config';

/** Wrong arguments. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface Cli {
  readonly client: AdminClient;
  /** The operator's name on this machine. */
  readonly by: string;
  /** One text of several lines; what data brings along besides is escaped. */
  print(this: void, text: string): void;
}

/** The process's exit codes. */
export const exitCode = { done: 0, notDone: 1, usage: 2, unreachable: 3 } as const;

/**
 * Runs a command of the operator's.
 *
 * @param usage shown for wrong arguments
 * @param command resolves to the exit code
 * @param unreachable the exit code when no service answers
 */
export async function runCli(
  usage: string,
  command: (cli: Cli) => Promise<number>,
  unreachable: number = exitCode.unreachable,
): Promise<void> {
  try {
    const { adminUrl, headers, by, runBy } = readCliConfig();
    nameCommandsFor(runBy);
    process.exitCode = await command({
      client: new AdminClient(adminUrl, headers),
      by,
      print: (text) => process.stdout.write(`${printableLines(text)}\n`),
    });
  } catch (error) {
    process.exitCode = explain(error, usage, unreachable);
  }
}

function explain(error: unknown, usage: string, unreachable: number): number {
  const say = (text: string): void => void process.stderr.write(`${printableLines(text)}\n`);
  if (error instanceof Unreachable || error instanceof Refused) {
    say(error.message);
    return error instanceof Unreachable ? unreachable : exitCode.notDone;
  }
  const { code } = error as { code?: string };
  if (error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS')) {
    say(`${(error as Error).message}\n\n${usage}`);
    return exitCode.usage;
  }
  if (error instanceof ConfigurationError) {
    say(error.message);
    return exitCode.usage;
  }
  throw error;
}
