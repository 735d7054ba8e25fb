import type { Logger } from 'service-kit/logger';
import { act } from './act';
import type { ConnectorConfig } from './connect-rest';
import { type Action, decide, freshMemory, type Memory } from './decide';
import type { Observation } from './observation';
import type { Neighbours, Observer } from './observe';
import { notReady } from './readiness';
import { reason } from './reason';
import type { StateLog } from './state-log';

const intervalMs = 1_000;
/** While something is wrong, so that a start does not wait for the clock. */
const impatientIntervalMs = 250;

/** Observe, decide, act: one turn brings the relay one step nearer to what it should be. */
export class Reconciler {
  seen: Observation | undefined;
  /** Since the keeper started. */
  restarts = 0;
  slotsDropped = 0;
  private memory: Memory = freshMemory;

  constructor(
    private readonly neighbours: Neighbours,
    private readonly observer: Observer,
    private readonly connector: { name: string; config: ConnectorConfig },
    private readonly states: StateLog,
    private readonly logger: Logger,
  ) {}

  /** Never throws: what failed is told once, and the next turn decides anew. */
  async turn(): Promise<number> {
    this.seen = await this.observer.observe();
    const reasons = notReady(this.seen, this.seen.at, this.connector.config);
    this.states.report('relay', reasons);
    const { actions, memory } = decide(this.seen, this.memory, this.connector.config);
    this.memory = memory;
    const failures: string[] = [];
    for (const action of actions) {
      try {
        const done = await act(action, this.neighbours, this.connector, this.logger);
        if (done) this.count(action);
      } catch (error) {
        failures.push(`${action.kind} failed: ${reason(error)}`);
      }
    }
    this.states.report('actions', failures);
    return reasons.length === 0 ? intervalMs : impatientIntervalMs;
  }

  private count(action: Action): void {
    if (action.kind === 'restart-failed' || action.kind === 'restart-taskless') this.restarts++;
    if (action.kind === 'drop-lost-slot') this.slotsDropped++;
  }
}
