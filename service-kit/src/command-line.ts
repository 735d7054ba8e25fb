import { styleText } from 'node:util';
import { Command, CommanderError, Help, Option } from 'commander';
import { printableLines } from 'contracts/printable';
import { CommandError, type ExitCode, exitCode, reason, UsageError } from './command-errors';
import { ConfigurationError } from './environment';

export { Command, Option };
export type { ExitCode };

const codes = `
Exit codes: 0 well, 1 found something or was refused, 2 no answer, 3 not found, 64 wrong usage.`;

/**
 * Makes a command, or a group of commands, with the same help, errors and exit codes as all others.
 *
 * @param description for its own help, in paragraphs; the first line stands in the list of its group
 */
export function command(name: string, description: string): Command {
  return (
    new Command(name)
      .summary(description.split('\n', 1)[0] ?? '')
      // A help breaks lines as wide as the terminal is.
      .description(description.replaceAll(/(?<!\n)\n(?!\n)/g, ' '))
      .helpCommand(false)
      .helpOption('-h, --help', 'show this')
      .addHelpText('after', codes)
      .configureHelp({
        styleTitle: (text) => colourOn(process.stdout, 'bold', text),
        // Everybody knows that a switch is off unless it is given.
        optionDescription: (option) =>
          option.defaultValue === false ? option.description : new Help().optionDescription(option),
      })
      .showHelpAfterError('(--help says how)')
      .configureOutput({ outputError: (text, write) => write(printableLines(text)) })
      .exitOverride()
  );
}

/** The command has `--json`: lines of JSON and nothing else on standard output. */
export const json = (): Option =>
  new Option('--json', 'for programs: JSON, one line').default(false);

/**
 * Gives a command its work.
 *
 * @param work gets the arguments and then the options; it resolves to the exit code
 */
export function runs<Parameters extends unknown[]>(
  command: Command,
  work: (...parameters: Parameters) => Promise<ExitCode>,
): Command {
  return command.action(async (...parameters) => {
    try {
      // Commander's last parameter is the command itself.
      process.exitCode = await work(...(parameters.slice(0, -1) as Parameters));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      command.error(`error: ${error.message}`, { exitCode: exitCode.usage });
    }
  });
}

/** Runs what the arguments say. What goes wrong is one line on stderr, and the process's exit code. */
export async function runToExit(program: Command, args: readonly string[]): Promise<void> {
  // The reader may have gone, such as `| head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = codeOf(error);
    // Commander has printed its own errors.
    if (!(error instanceof CommanderError)) complain(sentenceOf(error));
  }
}

function codeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.well : exitCode.usage;
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof ConfigurationError ? exitCode.usage : exitCode.noAnswer;
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommandError || error instanceof ConfigurationError) return error.message;
  // Whether an error is a defect of this program: errors of neighbours or of the system have a cause or a code.
  const isOurs =
    error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
  return isOurs && error.cause === undefined && !('code' in error)
    ? (error.stack ?? error.message)
    : reason(error);
}

/** The colour of a line; undefined when it has none. */
export type Colours = (line: string) => Colour | undefined;
export type Colour = 'red' | 'green' | 'yellow' | 'gray';

/**
 * Prints a text of several lines. Control characters in data are escaped.
 *
 * @param colours applied only on a terminal that has colours, and without NO_COLOR
 */
export function print(text: string, colours?: Colours): void {
  const lines = printableLines(text).split('\n');
  const coloured = lines.map((line) => colourOn(process.stdout, colours?.(line), line));
  process.stdout.write(`${coloured.join('\n')}\n`);
}

/** Prints to stderr, escaped as by `print`. */
export function complain(text: string): void {
  process.stderr.write(`${colourOn(process.stderr, 'red', printableLines(text))}\n`);
}

/** `hasColors` heeds NO_COLOR and TERM. */
function colourOn(
  stream: NodeJS.WriteStream,
  colour: Colour | 'bold' | undefined,
  text: string,
): string {
  const shows = colour !== undefined && stream.isTTY && stream.hasColors();
  return shows ? styleText(colour, text) : text;
}
