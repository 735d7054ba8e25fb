import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a process, or several, have used. */
export interface Usage {
  /** User and system, of these processes and of their children that have ended. */
  readonly cpuSeconds: number;
  /** What is in memory now. Pages that several share are divided among them, where the system tells. */
  readonly memoryBytes: number;
}

interface Entry extends Usage {
  readonly pid: number;
  readonly parent: number;
}

/** What a process alone uses. @throws when it does not run */
export function usageOf(pid: number): Usage {
  const entry = readEntry(pid);
  if (entry === null) throw new Error(`process ${pid} does not run`);
  return entry;
}

/** What a process and all its descendants use. */
export function usageOfTree(root: number): Usage & { readonly processes: number } {
  const all = allEntries();
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return {
    processes: tree.length,
    cpuSeconds: sum(tree.map(({ cpuSeconds }) => cpuSeconds)),
    memoryBytes: sum(tree.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** The most memory that a process has had so far; where the system does not tell, what it has now. */
export function peakMemoryOf(pid: number): number {
  if (process.platform !== 'linux') return usageOf(pid).memoryBytes;
  return kilobytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM');
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Linux's unit of CPU time is the same on every machine: USER_HZ. */
const ticksPerSecond = 100;

function allEntries(): Entry[] {
  if (process.platform !== 'linux') return entriesByPs([]);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readEntry(Number(name)) ?? []);
}

function readEntry(pid: number): Entry | null {
  if (process.platform !== 'linux') return entriesByPs(['-p', String(pid)])[0] ?? null;
  try {
    // After the name in parentheses, which may hold anything: state, parent, …
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    return {
      pid,
      parent,
      cpuSeconds: sum(fields.slice(11, 15)) / ticksPerSecond,
      memoryBytes: kilobytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss'),
    };
  } catch {
    // It has ended meanwhile, or belongs to the kernel.
    return null;
  }
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

function entriesByPs(which: readonly string[]): Entry[] {
  const columns = 'pid=,ppid=,rss=,time=';
  const text = execFileSync(
    'ps',
    which.length === 0 ? ['-axo', columns] : ['-o', columns, ...which],
  );
  return text
    .toString()
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, rss, time = ''] = line.trim().split(/\s+/);
      const cpuSeconds = time
        .split(/[:-]/)
        .reduce((seconds, part) => seconds * 60 + Number(part), 0);
      return {
        pid: Number(pid),
        parent: Number(parent),
        memoryBytes: Number(rss) * 1024,
        cpuSeconds,
      };
    });
}
