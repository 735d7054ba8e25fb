import {
  allowWriting,
  applyConnector,
  commandOf,
  connectorCommand,
  type ConnectorManagement,
  startOf,
} from 'contracts/commands';
import { changeOfHistory } from 'contracts/history';
import type { HopName } from 'contracts/pipeline';
import type { Fault } from 'contracts/pipeline-faults';
import { type PartFault, postgresRefusal } from 'contracts/postgres-refusal';
import { kafkaRefused } from 'kafka-client/refusal';
import type { Observation } from './observation';
import type { Seen, Unseen } from './seen';

/** What is seen from the outbox to the topics, and what that means by now. */
export interface RelaySeen extends Pick<
  Observation,
  'topics' | 'connector' | 'failure' | 'history' | 'slot' | 'unsendable'
> {
  /** The names of the connector's settings that are not as in this repository. */
  readonly differences: readonly string[];
  /** Slots of standbys for which the relay waits, and which nobody streams from. */
  readonly awaited: readonly string[];
  /** Why no watermark has been written for too long; null: they are written. */
  readonly unwritten: string | null;
  /** None has come through for too long. */
  readonly isUnarrived: boolean;
}

/**
 * All that is wrong from the outbox to the topics, causes before what they lead to.
 *
 * @param management how an operator has something done to the connector
 */
export function relayFaults(seen: RelaySeen, management: ConnectorManagement): Fault[] {
  const away = awayFaults(seen);
  const another = historyFaults(seen, management);
  // The connector is stopped then, and its slot may be gone: that follows from it.
  if (another.some(({ behind }) => behind !== null))
    return [...away, ...another, ...topicFaults(seen)];
  const causes = [
    ...away,
    ...another,
    ...seen.unsendable.map((cause): Fault => ({
      hop: 'connector',
      cause,
      behind: 'an event that cannot be sent',
      cure: null,
    })),
    ...seen.awaited.map((slot): Fault => ({
      hop: 'slot',
      cause: `the relay waits for the standby of the slot ${slot}, which does not stream`,
      behind: 'a standby that does not stream',
      cure: 'start it, or take it out of synchronized_standby_slots',
    })),
    ...connectorFaults(seen, management),
    ...slotFaults(seen),
    ...topicFaults(seen),
  ];
  const symptoms = [...idleFaults(seen, management), ...watermarkFaults(seen, management)];
  // A paused connector leaves its slot idle: who resumes it need do nothing more.
  const isExplained = causes.some(({ behind }) => behind !== null);
  return [
    ...causes,
    ...symptoms.map((fault) => (isExplained ? { ...fault, behind: null, cure: null } : fault)),
  ];
}

function awayFaults({ slot, topics, connector }: RelaySeen): Fault[] {
  const away = (
    hop: HopName,
    what: string,
    part: Seen<unknown>,
    faultOf: (part: Unseen) => PartFault,
  ): Fault[] => {
    if (part.ok) return [];
    const { does, cure } = faultOf(part);
    const cause = `${what} ${does}: ${part.reason}`;
    return [{ hop, cause, behind: `${what}, which ${does}`, cure }];
  };
  const silent = (service: Parameters<typeof startOf>[0]) => (): PartFault => ({
    does: 'does not answer',
    cure: startOf(service),
  });
  const refusing = ({ reason, code }: Unseen): PartFault =>
    postgresRefusal(reason, code) ?? silent('db')();
  return [
    ...away('outbox', 'PostgreSQL', slot, refusing),
    // The same sentence at the hop that it is the same part of.
    ...away('slot', 'PostgreSQL', slot, refusing),
    ...away('topics', 'Kafka', topics, ({ code }) =>
      code === kafkaRefused ? kafkaRefusal : silent('kafka')(),
    ),
    ...away('connector', 'Kafka Connect', connector, silent('connect')),
  ];
}

/** Its reasons name what to look at. */
const kafkaRefusal: PartFault = {
  does: 'does not let the relay keeper in, or is not let in by it',
  cure: 'set right what this names',
};

function historyFaults(
  { history, slot, connector }: RelaySeen,
  management: ConnectorManagement,
): Fault[] {
  const hop = 'outbox';
  if (!history.ok) {
    // When PostgreSQL is away, another fault says so.
    if (!slot.ok) return [];
    const cause = `nobody can tell in which history PostgreSQL runs: ${history.reason}`;
    return [{ hop, cause, behind: null, cure: commandOf({ script: 'relay-setup', args: [] }) }];
  }
  if (history.value.kind === 'accepted') return [];
  if (history.value.kind === 'standby') {
    const cure = 'the primary has to answer at its address';
    return [
      { hop, cause: 'PostgreSQL is a standby: it takes no writes', behind: 'a standby', cure },
    ];
  }
  const { present, accepted, verdict } = history.value;
  const cause = `${changeOfHistory(present, accepted)}; commands are refused`;
  if (verdict?.kind === 'lost') {
    const begin = { script: 'new-history', args: ['--reason', '"why"'] } as const;
    return [
      {
        hop,
        cause: `${cause}, for it has lost what Kafka has: ${verdict.why}`,
        behind: 'a PostgreSQL that has lost what Kafka has',
        cure: `either have the server answer that has it all, or see what is lost (${commandOf({ script: 'reconcile', args: [] })}) and begin anew: ${commandOf(begin)}`,
      },
    ];
  }
  const behind = 'a history of PostgreSQL that is not judged yet';
  const judges = byItself('judges whether it has all that Kafka has');
  const runs = connector.ok && connector.value !== null && connector.value.state !== 'STOPPED';
  // Where the keeper may not stop it, a person has to: what it has in hand may be of a server that is gone.
  const cure =
    runs && management.managedBy === 'strimzi'
      ? `stop the connector: ${connectorCommand('stop', management)}; then ${judges}`
      : judges;
  return [{ hop, cause, behind, cure }];
}

function connectorFaults(seen: RelaySeen, management: ConnectorManagement): Fault[] {
  if (!seen.connector.ok) return [];
  const connector = seen.connector.value;
  const hop = 'connector';
  const isWatched = management.managedBy === 'strimzi';
  if (connector === null) {
    const cause = 'Connect has no connector outbox-relay';
    const cure = isWatched ? applyConnector : byItself('creates it');
    return [{ hop, cause, behind: 'a connector that is not there', cure }];
  }
  const { state, trace, tasks } = connector;
  const failed = tasks.filter((task) => task.state === 'FAILED');
  const others = tasks.filter((task) => task.state !== 'RUNNING' && task.state !== 'FAILED');
  const paused = state === 'PAUSED' || state === 'STOPPED';
  const faults: Fault[] = [];
  const add = (cause: string, behind: string | null, cure: string | null): void =>
    void faults.push({ hop, cause, behind, cure });
  if (state === 'FAILED') {
    const cure = cureOf(trace, management);
    add(`the connector is FAILED${because(trace)}`, 'the failed connector', cure);
  } else if (paused) {
    // The keeper leaves these states alone: a person wanted them.
    add(
      `the connector is ${state}`,
      `the ${state.toLowerCase()} connector`,
      `resume it: ${connectorCommand('resume', management)}`,
    );
  } else if (state !== 'RUNNING') {
    add(`the connector is ${state}`, `the connector, which is ${state}`, null);
  }
  for (const { id, trace: why } of failed) {
    const cure = cureOf(why, management);
    add(`task ${id} is FAILED${because(why)}`, "the connector's failed task", cure);
  }
  if (seen.failure !== null && state !== 'FAILED' && failed.length === 0 && !paused) {
    const cause = `the connector has failed, and nothing has come through since: ${seen.failure}`;
    add(cause, "the connector's failed task", cureOf(seen.failure, management));
  }
  // A paused connector's tasks are paused, and a stopped one has none: that is no fault of its own.
  if (!paused && tasks.length === 0) {
    const cure = isWatched ? restartOf(management) : byItself('restarts it');
    add('the connector has no task', 'a connector without a task', cure);
  }
  for (const { id, state: is } of paused ? [] : others) {
    add(`task ${id} is ${is}`, `task ${id}, which is ${is}`, null);
  }
  if (seen.differences.length > 0) {
    const where = `not that of outbox-relay.json: ${seen.differences.join(', ')}`;
    const cure = isWatched ? applyConnector : null;
    add(`the connector's configuration is ${where}`, null, cure);
  }
  return faults;
}

const because = (trace?: string): string => (trace === undefined ? '' : `: ${trace}`);
const byItself = (does: string): string => `the relay keeper ${does} by itself`;

/** Strimzi starts again what has failed after 0, 2, 6, 12 … 60 minutes (`autoRestart`). */
const restartedBy = (management: ConnectorManagement): string =>
  management.managedBy === 'strimzi'
    ? `Strimzi restarts it by itself, later each time (at once: ${connectorCommand('restart', management)})`
    : byItself('restarts it');

/** A start again alone mends no topic that may not be written, no role and no publication. */
function cureOf(trace = '', management: ConnectorManagement): string {
  const restarted = restartedBy(management);
  const [, topics] = /TopicAuthorizationException: [^[]*\[([^\]]+)\]/.exec(trace) ?? [];
  if (topics !== undefined) {
    return `let its user write there (${allowWriting(topics.split(', '))}), or take back what denies it; then ${restarted}`;
  }
  const setUp = commandOf({ script: 'relay-setup', args: [] });
  if (noPublication.test(trace)) {
    // A slot reads the catalog as it was at its changes: before this publication was made again.
    const again = `make the publication relay again: ${setUp}; then`;
    if (management.managedBy === 'strimzi') {
      return (
        `${again} begin the slot anew, for the old one never knows it: ${connectorCommand('stop', management)}, ` +
        `drop it (SELECT pg_drop_replication_slot('relay')), ${connectorCommand('resume', management)}`
      );
    }
    return (
      `${again} delete the connector, so that the relay keeper begins the slot anew, ` +
      `for the old one never knows it: ${connectorCommand('delete', management)}`
    );
  }
  if (roleRefused.test(trace)) {
    return `give the role its login, password and rights back: ${setUp}; then ${restarted}`;
  }
  return `${restarted}, which helps once the cause is gone`;
}

/** What PostgreSQL says of a running slot, and Debezium when it starts. */
const noPublication = /publication "[^"]*" does not exist|Publication autocreation is disabled/;
const roleRefused =
  /password authentication failed|is not permitted to log in|permission denied|role "[^"]*" does not exist/;

function slotFaults({ slot }: RelaySeen): Fault[] {
  if (!slot.ok) return [];
  const hop = 'slot';
  if (slot.value === null) {
    const cure = 'Debezium creates one and starts again from the outbox';
    return [{ hop, cause: 'there is no slot relay', behind: 'a slot that is not there', cure }];
  }
  if (slot.value.walStatus === 'lost') {
    const cause = 'the slot is lost: PostgreSQL removed WAL it needed';
    return [{ hop, cause, behind: 'the lost slot', cure: byItself('drops it') }];
  }
  return [];
}

function idleFaults({ slot }: RelaySeen, management: ConnectorManagement): Fault[] {
  if (!slot.ok || slot.value === null || slot.value.walStatus === 'lost' || slot.value.active)
    return [];
  const behind = 'a slot that nobody reads';
  return [{ hop: 'slot', cause: 'nobody reads the slot', behind, cure: restartOf(management) }];
}

const restartOf = (management: ConnectorManagement): string =>
  `if it stays so, restart the connector: ${connectorCommand('restart', management)}`;

function topicFaults({ topics }: RelaySeen): Fault[] {
  if (!topics.ok) return [];
  return [
    ...topics.value.missing.map(({ topic }): Fault => ({
      hop: 'topics',
      cause: `there is no topic ${topic}`,
      behind: `the missing topic ${topic}`,
      cure: byItself('creates it'),
    })),
    ...topics.value.short.map(({ topic, partitions }): Fault => ({
      hop: 'topics',
      cause: `topic ${topic} does not have ${partitions} partitions yet`,
      behind: null,
      cure: null,
    })),
    ...topics.value.faults.map((fault): Fault => ({
      hop: 'topics',
      cause: `topic ${fault}`,
      behind: null,
      cure: null,
    })),
  ];
}

function watermarkFaults(seen: RelaySeen, management: ConnectorManagement): Fault[] {
  const { unwritten, isUnarrived, slot } = seen;
  if (unwritten !== null) {
    // A watermark that is not written cannot arrive, so this says nothing about the relay. When PostgreSQL is away,
    // another fault says so.
    const cause = `no watermark is being written${slot.ok ? `: ${unwritten}` : ''}`;
    const faults: Fault[] = [{ hop: 'outbox', cause, behind: null, cure: null }];
    return isUnarrived ? [...faults, { ...notArriving, behind: null, cure: null }] : faults;
  }
  const behind = 'a relay that moves nothing';
  return isUnarrived ? [{ ...notArriving, behind, cure: restartOf(management) }] : [];
}

const notArriving = { hop: 'connector', cause: 'no watermark arrives on its topic' } as const;
