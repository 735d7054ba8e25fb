import type { History } from 'contracts/history';
import { type ConnectorFound, differingSettings } from './connect-rest';
import type { HistorySeen } from './history/judge';
import type { Observation } from './observation';
import type { Wanted } from './readiness';
import type { WantedTopic } from './topics';

export type Action =
  | { kind: 'create-topics'; topics: WantedTopic[] }
  | { kind: 'add-partitions'; topics: WantedTopic[] }
  | { kind: 'put-connector'; why: 'missing' | 'different' }
  | { kind: 'restart-failed' }
  | { kind: 'restart-taskless' }
  | { kind: 'drop-lost-slot' }
  | { kind: 'drop-slot-of-nobody' }
  | { kind: 'repeat-snapshot' }
  | { kind: 'stop-for-judgement' }
  | { kind: 'judge-history' }
  | {
      kind: 'accept-history';
      history: History;
      keepsSlot: boolean;
      /** What becomes of the connector, which is stopped; null: nothing. */
      connector: 'resume' | 'pause' | null;
    };

/** What the keeper remembers between two decisions. */
export interface Memory {
  /** Actions on the connector since it was last healthy: each waits longer than the one before. */
  attempts: number;
  /** The time of the next action on the connector at the earliest. */
  notBefore: number;
  /** Since when the connector has been RUNNING with a task; null when it is not. */
  healthySince: number | null;
  /** Since when it has been RUNNING without a task; null when it is not. */
  tasklessSince: number | null;
  /** The connector's state before it was stopped so that a history could be judged; null: not known. */
  stateBefore: string | null;
  /** Which neighbours answered last time. */
  reachable: { kafka: boolean; connect: boolean; postgres: boolean };
}

export const freshMemory: Memory = {
  attempts: 0,
  notBefore: 0,
  healthySince: null,
  tasklessSince: null,
  stateBefore: null,
  reachable: { kafka: false, connect: false, postgres: false },
};

/** After this long in health, back-off starts again from the beginning. */
const forgivenAfterMs = 60_000;
/** Connect hands out tasks within seconds; after this it has lost one. */
const tasklessForMs = 30_000;
const longestBackOffMs = 60_000;

/**
 * Decides what to do about what was observed. Pure.
 *
 * A connector that somebody PAUSED or STOPPED stays so. Topics with faults are never changed here. A connector that Strimzi
 * manages is only watched.
 */
export function decide(
  seen: Observation,
  before: Memory,
  wanted: Pick<Wanted, 'connector' | 'managedBy'>,
): { actions: Action[]; memory: Memory } {
  const actions: Action[] = [];
  const memory = remember(seen, before);

  if (seen.topics.ok && seen.topics.value.missing.length > 0) {
    actions.push({ kind: 'create-topics', topics: seen.topics.value.missing });
  }
  if (seen.topics.ok && seen.topics.value.short.length > 0) {
    actions.push({ kind: 'add-partitions', topics: seen.topics.value.short });
  }
  // Nothing of the connector or its slot is touched while PostgreSQL is not what it was, but for the judgement.
  const history = seen.history.ok ? seen.history.value : null;
  if (history?.kind === 'standby') return { actions, memory };
  if (history?.kind === 'closed') {
    return { actions: [...actions, ...decideOnHistory(seen, history, memory, wanted)], memory };
  }
  if (seen.slot.ok && seen.slot.value?.walStatus === 'lost' && !seen.slot.value.active) {
    actions.push({ kind: 'drop-lost-slot' });
  }
  const onConnector = seen.connector.ok
    ? decideOnConnector(seen, seen.connector.value, memory, wanted)
    : undefined;
  // A snapshot beside a slot is soon over, and a commit may be missing then: it does not wait for its turn.
  const waits = seen.at < memory.notBefore && onConnector?.kind !== 'repeat-snapshot';
  if (onConnector === undefined || waits) return { actions, memory };
  return { actions: [...actions, onConnector], memory: backOff(seen.at, memory) };
}

/**
 * First the connector has to stand still: what its task has in hand may be of a server that is gone. It runs again before the
 * history is accepted, so that a keeper that dies in between leaves nothing stopped that nobody starts.
 */
function decideOnHistory(
  { connector }: Observation,
  { present, verdict }: Extract<HistorySeen, { kind: 'closed' }>,
  { stateBefore }: Memory,
  { managedBy }: Pick<Wanted, 'managedBy'>,
): Action[] {
  if (!connector.ok) return [];
  const isWatched = managedBy === 'strimzi';
  if (connector.value !== null && connector.value.state !== 'STOPPED') {
    return isWatched ? [] : [{ kind: 'stop-for-judgement' }];
  }
  if (connector.value !== null && connector.value.tasks.length > 0) return [];
  if (verdict === null) return [{ kind: 'judge-history' }];
  if (verdict.kind === 'lost') return [];
  const { keepsSlot } = verdict;
  // A person's STOPPED and PAUSED stay so. Who stopped a watched one starts it again.
  const stays = isWatched || connector.value === null || stateBefore === 'STOPPED';
  const then = stays ? null : stateBefore === 'PAUSED' ? 'pause' : 'resume';
  return [{ kind: 'accept-history', history: present, keepsSlot, connector: then }];
}

function decideOnConnector(
  seen: Observation,
  connector: ConnectorFound | null,
  memory: Memory,
  wanted: Pick<Wanted, 'connector' | 'managedBy'>,
): Action | undefined {
  // The slot is the keeper's all the same. That of a connector that is missing is not dropped: Strimzi may create it meanwhile, and
  // its snapshot would miss what is committed until it has a new one.
  if (wanted.managedBy === 'strimzi') {
    return connector !== null && seen.isBesideSlot ? { kind: 'repeat-snapshot' } : undefined;
  }
  if (connector === null || differingSettings(connector.config, wanted.connector).length > 0) {
    // The connector's task would fail on a missing topic, and events in a wrong topic cannot be taken back.
    const topicsAreRight =
      seen.topics.ok &&
      seen.topics.value.missing.length === 0 &&
      seen.topics.value.faults.length === 0;
    if (!topicsAreRight) return undefined;
    // The connector's position may be gone, too: a snapshot beside the old slot may miss a commit that is slow to
    // flush.
    const idleSlot = seen.slot.ok && seen.slot.value?.active === false;
    if (connector === null && idleSlot) return { kind: 'drop-slot-of-nobody' };
    return { kind: 'put-connector', why: connector === null ? 'missing' : 'different' };
  }
  if (connector.state === 'FAILED' || connector.tasks.some((task) => task.state === 'FAILED')) {
    return { kind: 'restart-failed' };
  }
  if (seen.isBesideSlot) return { kind: 'repeat-snapshot' };
  const taskless = memory.tasklessSince !== null && seen.at - memory.tasklessSince >= tasklessForMs;
  return taskless ? { kind: 'restart-taskless' } : undefined;
}

function remember(seen: Observation, before: Memory): Memory {
  const connector = seen.connector.ok ? seen.connector.value : null;
  const running = connector?.state === 'RUNNING';
  const taskless = running && connector.tasks.length === 0;
  const healthy = running && !taskless && connector.tasks.every((task) => task.state === 'RUNNING');
  const isAccepted = seen.history.ok && seen.history.value.kind === 'accepted';
  const reachable = { kafka: seen.topics.ok, connect: seen.connector.ok, postgres: seen.slot.ok };
  const memory = {
    ...before,
    healthySince: healthy ? (before.healthySince ?? seen.at) : null,
    tasklessSince: taskless ? (before.tasklessSince ?? seen.at) : null,
    stateBefore:
      connector === null || (connector.state === 'STOPPED' && !isAccepted)
        ? before.stateBefore
        : connector.state,
    reachable,
  };
  const forgiven = memory.healthySince !== null && seen.at - memory.healthySince >= forgivenAfterMs;
  // When a neighbour is back, retry at once: its absence was probably the cause.
  const neighbourCameBack =
    (reachable.kafka && !before.reachable.kafka) ||
    (reachable.connect && !before.reachable.connect) ||
    (reachable.postgres && !before.reachable.postgres);
  return forgiven || neighbourCameBack ? { ...memory, attempts: 0, notBefore: 0 } : memory;
}

/** 1, 2, 4 … 60 seconds until the next action on the connector. */
function backOff(at: number, memory: Memory): Memory {
  const delay = Math.min(longestBackOffMs, 1_000 * 2 ** memory.attempts);
  return { ...memory, attempts: memory.attempts + 1, notBefore: at + delay, tasklessSince: null };
}
