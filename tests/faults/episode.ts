import { setTimeout as sleep } from 'node:timers/promises';
import { until } from 'local/until';
import { checkCommands } from './invariants/commands';
import { checkIntegrity } from './invariants/integrity';
import { checkViews } from './invariants/views';
import type { Fault, Injected, Scene } from './fault';
import type { Episode } from './schedule';
import { Violation } from './violation';

/** Until a fault must have been seen to happen, and until everything must be well again after it. */
const happenDeadlineMs = 90_000;
const recoverDeadlineMs = 180_000;

/** What one fault of an episode did. */
export interface Fired {
  readonly name: string;
  readonly evidence: string;
  readonly withOther: boolean;
  /** From its end, or its beginning if it has none, until everything was well. */
  readonly recoveryMs: number;
}

/**
 * Makes the faults of an episode happen, makes sure that they did, ends them, waits until everything is
 * well by itself (or by the documented commands), and checks the invariants.
 *
 * @throws {Violation} for an invariant; another error when a fault could not be made to happen
 */
export async function runEpisode(
  scene: Scene,
  episode: Episode,
  faultNamed: (name: string) => Fault,
): Promise<Fired[]> {
  const { workload } = scene;
  const under: Under[] = [];
  try {
    for (const name of episode.faults) {
      const fault = faultNamed(name);
      const since = performance.now();
      const one = { fault, since, injected: await fault.inject(scene), evidence: '' };
      under.push(one);
      // What needs parts has to be seen before the other fault takes them away.
      if (fault.needs !== undefined) one.evidence = await seenToHappen(one);
    }
    for (const one of under) one.evidence ||= await seenToHappen(one);
    await sleep(episode.holdMs);
  } finally {
    for (const one of under) {
      if (one.injected.end === undefined) continue;
      await one.injected.end();
      one.since = performance.now();
    }
  }
  for (const { injected } of under) await injected.repair?.();
  await recovered(scene);
  const now = performance.now();
  await workload.pause();
  await checkInvariants(scene);
  workload.start();
  return under.map(({ fault, evidence, since }) => ({
    name: fault.name,
    evidence,
    withOther: under.length > 1,
    recoveryMs: now - since,
  }));
}

interface Under {
  readonly fault: Fault;
  readonly injected: Injected;
  since: number;
  evidence: string;
}

function seenToHappen({ fault, injected }: Under): Promise<string> {
  return until(() => injected.happened(), happenDeadlineMs).catch((cause: unknown) => {
    if (cause instanceof Violation) throw cause;
    const why = (cause as Error).message;
    throw new Error(`${fault.name} was not seen to happen: ${why}`, { cause });
  });
}

/** A, B and G, while nobody asks for anything. */
export async function checkInvariants({ system, workload }: Scene): Promise<void> {
  await checkCommands(system.stack, workload.ledger);
  await checkViews(system.stack, recoverDeadlineMs);
  if (system.store === 'sqlite') await checkIntegrity(system.viewsFolder);
}

/** E: an order is accepted, the views show it, and every part says that it is well. */
export async function recovered({ system, workload }: Scene): Promise<void> {
  const { stack, databaseClock } = system;
  const { acknowledgedAt = Infinity } = await workload.placeOrderNow(recoverDeadlineMs);
  await until(async () => {
    await ready(stack.commands);
    await ready(`http://127.0.0.1:${stack.ports.RELAY_KEEPER_PORT}`);
    for (const url of system.queryServices) await ready(url);
    const views = await ready(stack.queries);
    const asOf = views.headers.get('as-of');
    if (
      views.headers.get('views-state') !== 'current' ||
      !(databaseClock.inOurTime(Date.parse(asOf ?? '')) > acknowledgedAt)
    ) {
      throw new Error(`the views are ${views.headers.get('views-state')} as of ${asOf}`);
    }
  }, recoverDeadlineMs).catch((cause: unknown) => {
    const why = (cause as Error).message;
    throw new Violation('E', `not well ${recoverDeadlineMs / 1000} s after the fault: ${why}`);
  });
}

async function ready(url: string): Promise<Response> {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
  if (answer.status !== 200) throw new Error(`${url}: ${await answer.text()}`);
  return answer;
}
