import { readFileSync } from 'node:fs';
import {
  cleanEnv,
  type CleanedEnv,
  EnvMissingError,
  makeValidator,
  type ValidatorSpec,
} from 'envalid';
import { rememberFile } from './changed-files';

/**
 * Reads and checks a process's environment once, at its start. Every variable X can also be given as
 * X_FILE, the path of a file that holds it (a secret that a container gets mounted); a trailing
 * newline does not count. An empty variable is one that is not set, as OpenTelemetry has it: compose passes
 * what nobody set on as empty.
 *
 * @param specs one envalid validator per variable; `npm run` users see its `desc` in the error
 * @throws {ConfigurationError} that names every missing and every bad variable at once
 */
export function readEnvironment<S extends Record<string, ValidatorSpec<unknown>>>(
  specs: S,
  environment: NodeJS.ProcessEnv,
): CleanedEnv<S> {
  const faults: string[] = [];
  const given = Object.fromEntries(
    Object.keys(specs).map((name) => [name, readVariable(name, environment, faults) || undefined]),
  );
  return cleanEnv(given, specs, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors)) {
        // The fault of its file is already in the list.
        if (faults.some((fault) => fault.startsWith(`${name}_FILE `))) continue;
        faults.push(
          given[name] === undefined || error instanceof EnvMissingError
            ? `${name} is missing (${specs[name]?.desc ?? 'required'})`
            : `${name} is invalid: ${(error as Error).message}`,
        );
      }
      if (faults.length > 0) throw new ConfigurationError(faults);
    },
  });
}

/** What `readEnvironment` makes of these variables. */
export type EnvironmentOf<S extends Record<string, ValidatorSpec<unknown>>> = Pick<
  CleanedEnv<S>,
  keyof S & keyof CleanedEnv<S>
>;

/** For a variable that holds a whole number within these bounds. envalid's `num` also takes 0, -1, 2.5, and `6x` as 6. */
export const wholeNumber = (least: number, most: number) =>
  makeValidator((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new RangeError(`not a whole number, at least ${least} and at most ${most}: "${text}"`);
  });

/** Reads a decimal number such as 0.5; NaN for all else, also for what JavaScript takes for a number: 1e3, 0x10, blanks around. */
export const decimal = (text: string): number =>
  /^(\d+|\d*\.\d+)$/.test(text) ? Number(text) : NaN;

/** For a variable that holds a number of hours, fractions allowed, up to `most`; 0 only where `orNever` gives it a meaning. */
export const hours = (most: number, orNever = false) =>
  makeValidator((text) => {
    const value = decimal(text);
    if ((value > 0 || (orNever && value === 0)) && value <= most) return value;
    const least = orNever ? 'at least' : 'more than';
    throw new RangeError(`not a number of hours, ${least} 0 and at most ${most}: "${text}"`);
  });

/** The longest setting of a timer: Node.js ends timers of more than 24 days at once. */
export const daySeconds = 86_400;

/** Checks a variable that holds an http or https URL. */
export const httpUrl = makeValidator((text) => {
  if (!/^https?:/.test(text)) throw new RangeError(`not an http(s) URL: "${text}"`);
  return new URL(text);
});

export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
  constructor(readonly faults: string[]) {
    super(`configuration: ${faults.join('; ')}`);
  }
}

/** Reads a variable, or the file that `<name>_FILE` names; adds to `faults` what is wrong with that file. */
function readVariable(
  name: string,
  environment: NodeJS.ProcessEnv,
  faults: string[],
): string | undefined {
  const value = environment[name];
  const file = environment[`${name}_FILE`];
  if (!file) return value;
  if (value) {
    faults.push(`${name}_FILE and ${name} are both set: one of them is enough`);
    return value;
  }
  try {
    const text = readFileSync(file, 'utf8');
    rememberFile(`${name}_FILE`, file, text);
    return text.replace(/\r?\n$/, '');
  } catch (error) {
    faults.push(`${name}_FILE cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}
