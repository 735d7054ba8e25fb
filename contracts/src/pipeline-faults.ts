import {
  allowWriting,
  applyConnector,
  commandOf,
  connectorCommand,
  type ConnectorManagement,
  startOf,
} from './commands';
import { changeOfHistory, type HistorySeen } from './history';
import { kafkaRefusal, kafkaRefused } from './kafka-refusal';
import { postgresRefusal, type PartFault } from './postgres-refusal';
import { printable } from './printable';
import type { HopName, Standstill } from './pipeline';

/**
 * What the state of the pipeline's parts means: what is wrong, at which hop, whether events stand before it, and what
 * cures it. The relay keeper's readiness, the hops of `GET /api/pipeline`, reconcile, explain and the audit all speak
 * from here.
 */
export interface Fault {
  readonly hop: HopName;
  /** A sentence without its full stop. It carries no running number: another sentence is another state. */
  readonly cause: string;
  /** What events wait behind: "the paused connector"; null: they go on all the same. */
  readonly behind: string | null;
  /** A command, or what does it by itself; null: the cause says it. */
  readonly cure: string | null;
}

/** What a neighbour showed, or why it could not be asked. */
export type Seen<T> = { readonly ok: true; readonly value: T } | Unseen;

interface Unseen {
  readonly ok: false;
  readonly reason: string;
  /** SQLSTATE, or an error code of the network. */
  readonly code?: string;
}

/** A connector or a task, as Connect tells of it. */
interface Running {
  readonly state: string;
  /** The cause of its failure. */
  readonly trace?: string;
}

/** What is seen of the hops from the outbox to the topics. */
export interface RelaySeen {
  readonly topics: Seen<{
    readonly missing: readonly { readonly topic: string }[];
    /** Topics with fewer partitions than they should have. */
    readonly short: readonly { readonly topic: string; readonly partitions: number }[];
    readonly faults: readonly string[];
  }>;
  /** null: Connect has no such connector. */
  readonly connector: Seen<
    (Running & { readonly tasks: readonly (Running & { readonly id: number })[] }) | null
  >;
  /** The cause of its last failure, while nothing has come through since: it is being started again. Null: none. */
  readonly failure: string | null;
  /** The names of its settings that are not as in this repository. */
  readonly differences: readonly string[];
  /** In which history PostgreSQL runs: the outbox takes rows only in the one that was accepted. */
  readonly history: Seen<
    HistorySeen<{ readonly kind: 'continued' } | { readonly kind: 'lost'; readonly why: string }>
  >;
  /** Slots of standbys for which the relay waits, and which nobody streams from. */
  readonly awaited: readonly string[];
  /** null: there is no such slot. */
  readonly slot: Seen<{ readonly active: boolean; readonly walStatus: string } | null>;
  /** Events that cannot be sent and hold up the rest, a sentence each with the command that helps. */
  readonly unsendable: readonly string[];
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

/** What the query service knows of its own reading. */
interface ReadingSeen {
  /** Why reading has halted for good, with the command that ends that; null: it goes on. */
  readonly halted: string | null;
  /** Why it is not ready, one sentence each. */
  readonly notReady: readonly string[];
  /** Kafka could be asked how far reading is behind. */
  readonly isKafkaThere: boolean;
}

/** What is wrong with reading from Kafka. */
export function readingFaults({ halted, notReady, isKafkaThere }: ReadingSeen): Fault[] {
  const hop = 'consumer';
  // The reason of a halt names its own command.
  if (halted !== null) {
    return [{ hop, cause: halted, behind: 'the query service, which has halted', cure: null }];
  }
  return [
    ...(isKafkaThere
      ? []
      : [
          {
            hop,
            cause: 'Kafka does not tell how far reading is behind',
            behind: 'Kafka, which does not answer',
            cure: startOf('kafka'),
          } as const,
        ]),
    ...notReady.map((cause): Fault => ({ hop, cause, behind: null, cure: null })),
  ];
}

/** A fault as a reason: what it is, and what cures it. */
export const reasonOf = ({ cause, cure }: Fault): string =>
  printable(cure === null ? cause : `${cause}; ${cure}`);

/**
 * The one fault that holds events up, when there are several; null: none does. Pure.
 *
 * @param faults in the order of `relayFaults`
 * @param since the newest watermark that has come through the faulty hops
 */
export function standstillOf(faults: readonly Fault[], since: string | null): Standstill | null {
  const fault = faults.find(({ behind }) => behind !== null);
  if (fault?.behind == null) return null;
  const { hop, cause, behind, cure } = fault;
  // Causes quote what others wrote, a row of the outbox among them.
  return { hop, cause: printable(cause), behind, cure, since };
}

/** `5 events wait behind the stopped connector since 2026-02-27T11:15:03Z; resume it: curl …` */
export function waitingSentence(events: number, standstill: Standstill | null): string {
  const wait = events === 1 ? '1 event waits' : `${events} events wait`;
  if (standstill === null) return `${wait} on the way`;
  const { behind, since, cure, cause } = standstill;
  const from = since === null ? '' : ` since ${since.replace(/\.\d+Z$/, 'Z')}`;
  return `${wait} behind ${behind}${from}; ${cure ?? cause}`;
}
