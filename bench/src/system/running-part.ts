import { join } from 'node:path';
import { endProcess, startProcess, tail } from 'local/process';
import type { Part } from 'local/supervised-part';
import { until } from 'local/until';
import { peakMemoryOf, usageOf, type Usage } from '../measure/usage';

/** Generous: filling views before they are ready is part of some benchmarks. */
const readyDeadlineMs = 1_800_000;
const pollMs = 10;

/** A started part of the stack. */
export interface RunningPart {
  readonly pid: number;
  /** `performance.now()` when its process was started. */
  readonly startedAt: number;
  usage(): Usage;
  /** Bytes. */
  peakMemory(): number;
  /** In order, as `npm start` stops it. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it has ended. Harmless when it has before. */
  kill(): Promise<void>;
}

/** @throws when it ends before it is ready, with the last lines that it wrote */
export async function startPart(
  part: Part,
  logs: string,
  waitUntilReady: boolean,
): Promise<RunningPart> {
  const logFile = join(logs, `${part.name}.log`);
  const command = await part.prepare(logFile);
  const startedAt = performance.now();
  const running = await startProcess(command, logFile);
  let ended = false;
  void running.exited.then(() => (ended = true));
  const started: RunningPart = {
    pid: running.pid,
    startedAt,
    usage: () => usageOf(running.pid),
    peakMemory: () => peakMemoryOf(running.pid),
    stop: () => (ended ? Promise.resolve() : endProcess(running, part.stopSignal, part.graceMs)),
    kill: async () => {
      if (!ended) running.signal('SIGKILL');
      await running.exited;
    },
  };
  if (waitUntilReady) {
    const failWhenEnded = (): void => {
      if (ended) throw new Error(`${part.name} ended:\n${tail(logFile)}`);
    };
    await until(() => part.isReady(), readyDeadlineMs, failWhenEnded, pollMs);
  }
  return started;
}
