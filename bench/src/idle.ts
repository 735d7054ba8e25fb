import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from 'local/paths';
import { until } from 'local/until';
import type { Benchmark } from './benchmark';
import { baseEnvironment } from './config';
import { inWords } from './measure/rounds';
import { usageOfTree } from './measure/usage';
import { freePortVariables } from './system/system';

export const idle: Benchmark = {
  name: 'idle',
  title: 'the whole stack at rest: all processes of npm start, windows of 30 s',
  comparedWith: 'a limit',

  async run(bench) {
    const stack = await startStack();
    try {
      // What a start leaves to do: first checks, and compiling what little is hot at rest.
      await sleep(bench.scaled(120_000, 2_000));
      const windowMs = bench.scaled(30_000, 2_000);
      const cpu: number[] = [];
      const memory: number[] = [];
      for (let round = 0; round < bench.rounds; round++) {
        const before = usageOfTree(stack.pid);
        const from = performance.now();
        await sleep(windowMs);
        const after = usageOfTree(stack.pid);
        const seconds = (performance.now() - from) / 1000;
        cpu.push(((after.cpuSeconds - before.cpuSeconds) / seconds) * 100);
        memory.push(after.memoryBytes / 2 ** 30);
        const figures = { '% of a core': cpu.at(-1) ?? NaN, GiB: memory.at(-1) ?? NaN };
        bench.say(`round ${round + 1}, ${after.processes} processes: ${inWords(figures)}`);
      }
      return {
        goals: [
          {
            what: 'CPU',
            unit: '% of a core',
            rounds: cpu,
            must: { atMost: 20 },
            aim: { atMost: 15 },
          },
          {
            what: 'memory',
            unit: 'GiB',
            rounds: memory,
            must: { atMost: 2 },
            aim: { atMost: 1.2 },
          },
        ],
        figures: [],
      };
    } finally {
      await stack.stop();
    }
  },
};

/** `npm start` on ports and a folder of its own. */
async function startStack(): Promise<{ pid: number; stop(this: void): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-bench-'));
  const output = join(folder, 'output.log');
  const log = openSync(output, 'w');
  const child: ChildProcess = spawn(process.execPath, [join(checkout, 'local', 'start.mjs')], {
    env: { ...baseEnvironment(), ...(await freePortVariables()), LOCAL_DIR: folder },
    stdio: ['ignore', log, log],
  });
  // It ends what it has started, however it ends.
  const end = (): void => void child.kill('SIGINT');
  process.once('exit', end);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', end);
    end();
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  };
  const { pid } = child;
  if (pid === undefined) throw new Error('npm start has no process id');
  try {
    await until(() => {
      if (!readFileSync(output, 'utf8').includes('Ready after')) throw new Error('not ready');
    }, 120_000);
  } catch (error) {
    const said = readFileSync(output, 'utf8');
    await stop();
    throw new Error(`npm start is not ready:\n${said}`, { cause: error });
  }
  return { pid, stop };
}
