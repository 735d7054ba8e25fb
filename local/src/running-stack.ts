import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StackConfig, stackConfigOf } from './config';
import { recordedProcesses } from './pid-file';

const settingsFile = (run: string): string => join(run, 'settings.json');

/**
 * Tells other terminals of this user how to reach the stack. The file holds passwords: nobody else can read it.
 *
 * @param run the folder of LOCAL_DIR with what runs
 */
export function writeSettings(run: string, { settings }: StackConfig): void {
  mkdirSync(run, { recursive: true, mode: 0o700 });
  // Not as whoever left it may have opened it.
  removeSettings(run);
  writeFileSync(settingsFile(run), JSON.stringify(settings), { mode: 0o600 });
}

export function removeSettings(run: string): void {
  rmSync(settingsFile(run), { force: true });
}

/**
 * The stack that `npm start` runs in this folder, as it was started; null: none.
 *
 * @param directory its LOCAL_DIR
 * @throws {ConfigurationError}
 */
export function runningStack(directory: string): StackConfig | null {
  const run = join(directory, 'run');
  const runs = recordedProcesses(run).some(({ name }) => name === 'supervisor');
  if (!runs || !existsSync(settingsFile(run))) return null;
  const settings = JSON.parse(readFileSync(settingsFile(run), 'utf8')) as NodeJS.ProcessEnv;
  return stackConfigOf(settings);
}
