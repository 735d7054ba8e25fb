import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandOf, isInContainers, nameCommandsFor } from 'contracts/commands';
import { NoAnswer } from 'service-kit/command-errors';
import { type Command, command, Option, runs, runToExit } from 'service-kit/command-line';
import { type Verb, verbs } from './verbs';

/**
 * What a checkout does before a verb runs, once its arguments are known to be right: gives this process the environment of the
 * system that is asked, or ends it after another program did the work.
 *
 * @param folder of the system that is meant; undefined: whichever runs
 */
type Prepare = (verb: Verb, folder: string | undefined) => Promise<void>;

/**
 * Runs `outbox <args>`, and sets the process's exit code.
 *
 * @param prepare without it, the environment is taken as it stands
 */
export async function outbox(args: readonly string[], prepare?: Prepare): Promise<void> {
  const wanted = verbs.find(({ name }) => name === args.find(isVerb));
  const program = command('outbox', 'A running system: what it does, what is wrong, what mends it')
    .helpCommand('help [verb]', 'show what a verb does')
    .version(versionOf(), '--version', 'show the version');
  for (const verb of verbs) program.addCommand(verb === wanted ? await load(verb) : listed(verb));
  if (prepare !== undefined && wanted !== undefined && wanted.logins !== null) {
    const asked = program.commands.filter((one) => one.name() === wanted.name).flatMap(leavesOf);
    for (const leaf of asked) leaf.addOption(folderOption());
    program.hook('preAction', (_, leaf) => prepare(wanted, leaf.opts<{ dir?: string }>().dir));
  }
  await runToExit(program, args);
}

/** A verb in the help, whose program is not loaded. */
const listed = ({ name, summary }: Verb): Command => command(name, summary);

const isVerb = (word: string): boolean => verbs.some(({ name }) => name === word);

const folderOption = (): Option =>
  new Option(
    '--dir <folder>',
    "the folder of the system that is meant, such as .local2: LOCAL_DIR's otherwise",
  );

/** An image has only the packages of its own service. */
async function load(verb: Verb): Promise<Command> {
  try {
    return await verb.load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return runs(listed(verb).argument('[words...]').allowUnknownOption(), () => {
      nameCommandsFor('compose');
      const there = isInContainers(verb.name)
        ? `: ${commandOf({ script: verb.name, args: [] })}`
        : '';
      throw new NoAnswer(`${verb.name} is not in this image${there}`);
    });
  }
}

/** The commands that do something. */
function leavesOf(one: Command): Command[] {
  return one.commands.length === 0 ? [one] : one.commands.flatMap(leavesOf);
}

function versionOf(): string {
  const manifest = readFileSync(join(__dirname, '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
