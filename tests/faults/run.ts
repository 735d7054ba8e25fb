import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault';
import { catalogueWith } from './catalogue';
import { checkInvariants, type Fired, recovered, runEpisode } from './episode';
import { Honesty } from './invariants/honesty';
import { checkRestarts } from './invariants/restarts';
import { lineOf } from './report';
import type { Episode } from './schedule';
import { FaultSystem, type Store } from './system';
import { Violation } from './violation';
import { Ledger } from './workload/ledger';
import { Workload } from './workload/workload';

const restartDeadlineMs = 120_000;
/** Without any fault: as long as it takes for every kind of command to have been asked. */
const settleMs = 8_000;

interface RunOptions {
  readonly seed: number;
  readonly episodes: Iterable<Episode>;
  /** No new episode is begun after this. */
  readonly budgetMs: number;
  readonly checkout: string;
  /** Where views are kept; default sqlite. */
  readonly store?: Store;
  /** Done to the running system before anybody asks for anything: a plant. */
  readonly prepare?: (system: FaultSystem) => Promise<void>;
  readonly say: (line: string) => void;
  /** Whether a failure leaves its data for somebody who looks for the cause; default true. */
  readonly keepData?: boolean;
}

export interface RunResult {
  readonly fired: readonly Fired[];
  readonly ledger: Ledger;
  readonly honesty: Honesty['seen'];
  /** Null when every invariant held. */
  readonly failure: Error | null;
  /** The folder that was kept because of it. */
  readonly kept: string | null;
}

/** Starts a system of its own, runs the episodes against it under load, and judges it. */
export async function runFaults(options: RunOptions): Promise<RunResult> {
  const { seed, say, store = 'sqlite' } = options;
  const system = await FaultSystem.start(options.checkout, store);
  const catalogue = catalogueWith(store);
  const ledger = new Ledger();
  const workload = new Workload(system.stack.commands, ledger, seed);
  const fired: Fired[] = [];
  let dishonest: Violation | null = null;
  const told = {
    queries: system.stack.queries,
    keeper: `http://127.0.0.1:${system.stack.ports.RELAY_KEEPER_PORT}`,
    databaseClock: system.databaseClock,
  };
  const honesty = new Honesty(told, ledger, seed, (violation) => (dishonest = violation));
  const honest = (): void => {
    if (dishonest !== null) throw dishonest;
  };

  let failure: Error | null = null;
  try {
    await options.prepare?.(system);
    await workload.begin();
    honesty.start();
    workload.start();
    await recovered({ system, workload });
    const until = performance.now() + options.budgetMs;
    for (const episode of options.episodes) {
      if (performance.now() > until) break;
      const results = await runEpisode({ system, workload }, episode, (name) =>
        faultNamed(name, catalogue),
      );
      fired.push(...results);
      for (const result of results) say(lineOf(result));
      honest();
    }
    if (fired.length === 0) await sleep(settleMs);
    await workload.pause();
    await checkInvariants({ system, workload });
    await checkRestarts(system, restartDeadlineMs);
    await checkInvariants({ system, workload });
    honest();
  } catch (error) {
    failure = dishonest ?? (error as Error);
  }
  await workload.pause().catch((error: unknown) => (failure ??= error as Error));
  await honesty.stop();
  const keep = failure !== null && options.keepData !== false;
  const kept = keep ? system.stack.folder : null;
  await system.end(keep);
  return { fired, ledger, honesty: honesty.seen, failure, kept };
}

function faultNamed(name: string, catalogue: readonly Fault[]): Fault {
  const fault = catalogue.find((one) => one.name === name);
  if (fault === undefined) throw new Error(`no fault ${name}`);
  return fault;
}
