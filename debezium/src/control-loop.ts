import { reason } from 'service-kit/command-errors';
import type { Logger } from 'service-kit/logger';
import { act } from './act';
import { type Action, decide, freshMemory, type Memory } from './decide';
import type { HistoryWatch } from './history/watch';
import type { Observation } from './observation';
import type { Neighbours, Observer } from './observe';
import { notReady, type Wanted } from './readiness';
import type { StateLog } from './state-log';

const dropsSlot = new Set<Action['kind']>([
  'drop-lost-slot',
  'drop-slot-of-nobody',
  'repeat-snapshot',
]);
const intervalMs = 1_000;
/** The interval while something is wrong: short, so that a start is not delayed. */
const impatientIntervalMs = 250;

interface ControlLoopOptions {
  readonly neighbours: Neighbours;
  readonly observer: Observer;
  readonly history: HistoryWatch;
  readonly connectorName: string;
  /** How the relay should be. */
  readonly wanted: Wanted;
  /** Receives the faults at each turn. */
  readonly states: StateLog;
  readonly logger: Logger;
}

/** Observe, decide, act: one turn brings the relay one step nearer to what it should be. */
export class ControlLoop {
  seen: Observation | undefined;
  /** Restarts of the connector since the keeper started. */
  restarts = 0;
  slotsDropped = 0;
  private memory: Memory = freshMemory;

  constructor(private readonly options: ControlLoopOptions) {}

  /** Never throws: it logs a failure once, and the next turn decides anew. */
  async turn(): Promise<number> {
    const { neighbours, observer, history, connectorName, wanted, states, logger } = this.options;
    this.seen = await observer.observe();
    const reasons = notReady(this.seen, this.seen.at, wanted);
    states.report('relay', reasons);
    states.report(
      'other connectors',
      neighbours.connect.others.map(
        (other) =>
          `Kafka Connect also runs the connector ${other}, which is not ours: if nobody here knows it, somebody has come in`,
      ),
    );
    const { actions, memory } = decide(this.seen, this.memory, wanted);
    this.memory = memory;
    const connector = { name: connectorName, config: wanted.connector };
    const failures: string[] = [];
    for (const action of actions) {
      try {
        const done = await act(action, { ...neighbours, history }, connector, logger);
        if (done) this.count(action);
      } catch (error) {
        failures.push(`${action.kind} failed: ${reason(error)}`);
      }
    }
    states.report('actions', failures);
    return reasons.length === 0 ? intervalMs : impatientIntervalMs;
  }

  /** The connectors of others. */
  get otherConnectors(): readonly string[] {
    return this.options.neighbours.connect.others;
  }

  private count(action: Action): void {
    if (action.kind === 'restart-failed' || action.kind === 'restart-taskless') this.restarts++;
    if (dropsSlot.has(action.kind)) this.slotsDropped++;
  }
}
