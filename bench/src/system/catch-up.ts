import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPart } from './running-part';
import type { System } from './system';

const deadlineMs = 1_800_000;
const pollMs = 10;

/** How a query service read what the topics held when it started. */
interface CatchUp {
  readonly part: RunningPart;
  /** From its process's start until it is ready. */
  readonly secondsFromStart: number;
  /** From when it has joined its group, and fetches, until it is ready. */
  readonly seconds: number;
  /** Whole process, from its start. */
  readonly cpuSeconds: number;
  /** Events that changed a view, by its own count. */
  readonly applied: number;
}

/** Starts a query service and waits until everything is in its views. */
export async function catchUp(system: System, variables: NodeJS.ProcessEnv): Promise<CatchUp> {
  const part = await system.startQueryService(variables, { waitUntilReady: false });
  const admin = system.url('QUERY_ADMIN_PORT');
  const { joinedAt, readyAt } = await watch(admin);
  const { cpuSeconds } = part.usage();
  return {
    part,
    secondsFromStart: (readyAt - part.startedAt) / 1000,
    seconds: (readyAt - joinedAt) / 1000,
    cpuSeconds,
    applied: await eventsApplied(admin),
  };
}

/** Both by `performance.now()`. */
async function watch(admin: string): Promise<{ joinedAt: number; readyAt: number }> {
  const deadline = performance.now() + deadlineMs;
  let joinedAt = performance.now();
  while (performance.now() < deadline) {
    const reasons = await notReady(admin);
    if (reasons.length === 0) return { joinedAt, readyAt: performance.now() };
    // Before it has joined its group it says so; then it tells how far it is behind.
    if (!reasons.some((reason) => reason.startsWith('catching up'))) joinedAt = performance.now();
    await sleep(pollMs);
  }
  throw new Error('the query service does not catch up');
}

async function notReady(admin: string): Promise<string[]> {
  try {
    const answer = await fetch(`${admin}/health/ready`);
    return ((await answer.json()) as { reasons: string[] }).reasons;
  } catch {
    return ['it does not answer yet'];
  }
}

/** Since the process started. */
export async function eventsApplied(admin: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return Number(/^events_applied_total (\S+)$/m.exec(text)?.[1] ?? NaN);
}
