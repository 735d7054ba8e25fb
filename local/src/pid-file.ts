import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** A process as its pid file tells it. */
export interface Recorded {
  name: string;
  pid: number;
}

/**
 * Notes a running process as `<name>.pid`: its id, and below it what identifies it, because by the
 * time somebody reads the file the id may be another process's.
 */
export function writePidFile(directory: string, name: string, pid: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `${name}.pid`);
  // Others read meanwhile: they find the old file or the new one, whole.
  writeFileSync(`${file}.new`, `${pid}\n${identityOf(pid) ?? ''}\n`);
  renameSync(`${file}.new`, file);
}

export function removePidFile(directory: string, name: string): void {
  rmSync(join(directory, `${name}.pid`), { force: true });
}

/** Forgets all processes: for who has the folder alone. */
export function removePidFiles(directory: string): void {
  for (const name of namesIn(directory)) removePidFile(directory, name);
}

/** The recorded processes that still run. Changes nothing: what runs there may be noting another process. */
export function recordedProcesses(directory: string): Recorded[] {
  return namesIn(directory).flatMap((name) => {
    const pid = runningPid(directory, name);
    return pid === null ? [] : [{ name, pid }];
  });
}

const namesIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((file) => file.endsWith('.pid'))
        .map((file) => basename(file, '.pid'))
    : [];

/** The process that the file is about, if it still is that one. */
function runningPid(directory: string, name: string): number | null {
  const [id = '', identity] = readFileSync(join(directory, `${name}.pid`), 'utf8').split('\n');
  const pid = Number(id);
  return pid > 0 && identity !== '' && identityOf(pid) === identity ? pid : null;
}

/**
 * When a process started and its command line, as one line of text; undefined when it does not run.
 * A dead process that nobody has waited for has no command line: it does not run.
 */
export function identityOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? identityOnLinux(pid) : identityByPs(pid);
  } catch {
    return undefined;
  }
}

function identityOnLinux(pid: number): string | undefined {
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  if (commandLine === '') return undefined;
  // After the name in parentheses, which may hold anything, the 20th field is the start time.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return oneLine(`${fields[19]} ${commandLine}`);
}

function identityByPs(pid: number): string | undefined {
  const [state = '', ...rest] = execFileSync(
    'ps',
    ['-o', 'stat=,lstart=,args=', '-p', String(pid)],
    {
      encoding: 'utf8',
    },
  )
    .trim()
    .split(/\s+/);
  return state.startsWith('Z') ? undefined : oneLine(rest.join(' '));
}

function oneLine(text: string): string {
  return text.replaceAll(/[\0\n]/g, ' ').trim();
}
