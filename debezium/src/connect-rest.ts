import type { ConnectorManager } from 'contracts/commands';
import { reason } from 'service-kit/command-errors';
import type { Position } from './history/judge';

/** A connector's configuration: flat, all values text. */
export type ConnectorConfig = Readonly<Record<string, string>>;

/** The names of the settings in which two configurations differ. Their values may be nobody's to read. */
export function differingSettings(one: ConnectorConfig, other: ConnectorConfig): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).sort();
}

export interface ConnectorFound {
  config: ConnectorConfig;
  /** RUNNING, FAILED, PAUSED, STOPPED, UNASSIGNED or RESTARTING. */
  state: string;
  /** Why it FAILED. */
  trace?: string;
  tasks: { id: number; state: string; trace?: string }[];
}

const readTimeoutMs = 3_000;
/** Creating and restarting wait for the worker to load and validate the connector. */
const changeTimeoutMs = 20_000;

/** Where Kafka Connect's REST is, and who changes the connector by it. */
export interface ConnectAddress {
  readonly url: string;
  /** Empty when it asks for none. */
  readonly password: string;
  readonly managedBy: ConnectorManager;
}

/** The keeper's user, where the worker asks for a login. */
const user = 'relay-keeper';

/** The few requests of Kafka Connect's REST API that the relay needs. */
export class ConnectRest {
  /** What Connect runs besides the connector that was looked for last: none of ours. */
  others: readonly string[] = [];
  private readonly headers: Readonly<Record<string, string>>;

  private readonly url: string;
  readonly managedBy: ConnectorManager;

  constructor({ url, password, managedBy }: ConnectAddress) {
    this.url = url;
    this.managedBy = managedBy;
    const login = Buffer.from(`${user}:${password}`).toString('base64');
    this.headers = password === '' ? {} : { authorization: `Basic ${login}` };
  }

  /** @returns null when there is no such connector */
  async find(name: string): Promise<ConnectorFound | null> {
    const all = (await this.send(
      'GET',
      '/connectors?expand=info&expand=status',
      readTimeoutMs,
    )) as ExpandedConnectors;
    this.others = Object.keys(all).filter((other) => other !== name);
    const entry = all[name];
    if (entry?.info === undefined) {
      // A worker that has just started lists no connectors until it has read its configuration; believing that list
      // would drop the slot. It answers a request for one connector only after that.
      if (!(await this.exists(name))) return null;
      throw new ConnectError(`Kafka Connect does not list ${name} yet`);
    }
    const { connector, tasks } = entry.status ?? { connector: { state: 'UNASSIGNED' }, tasks: [] };
    return {
      config: entry.info.config,
      state: connector.state,
      ...causeOf(connector.trace),
      tasks: tasks.map(({ id, state, trace }) => ({ id, state, ...causeOf(trace) })),
    };
  }

  /** Whether the connector has a position at which a finished snapshot or the stream has arrived. */
  async hasPosition(name: string): Promise<boolean> {
    const offsets = await this.offsetsOf(name);
    return offsets.some((offset) => !isUnfinished(offset));
  }

  /** Up to where it has come; null: it has no position, or there is no such connector. */
  async positionOf(name: string): Promise<Position | null> {
    if (!(await this.exists(name))) return null;
    const [offset] = await this.offsetsOf(name);
    if (offset === undefined) return null;
    const lsn = (member: string): bigint | null => {
      const value = offset[member];
      return typeof value === 'number' ? BigInt(value) : null;
    };
    return { commit: lsn('lsn_commit'), change: lsn('lsn') };
  }

  /** Creates the connector, or gives it another configuration. */
  async put(name: string, config: ConnectorConfig): Promise<void> {
    await this.send('PUT', `/connectors/${name}/config`, changeTimeoutMs, config);
  }

  /** Restarts what has failed: the connector itself or its tasks. */
  async restartFailed(name: string): Promise<void> {
    const path = `/connectors/${name}/restart?includeTasks=true&onlyFailed=true`;
    await this.send('POST', path, changeTimeoutMs);
  }

  /** Restarts the connector and all its tasks. */
  async restart(name: string): Promise<void> {
    await this.send('POST', `/connectors/${name}/restart?includeTasks=true`, changeTimeoutMs);
  }

  /**
   * Stops the connector: its task ends soon after the answer. Pauses it: it keeps its task, which does nothing. The relay keeper starts
   * neither again. Or resumes it.
   */
  async have(name: string, done: 'stop' | 'pause' | 'resume'): Promise<void> {
    await this.send('PUT', `/connectors/${name}/${done}`, changeTimeoutMs);
  }

  /** Makes a stopped connector forget its position. @throws {ConnectError} while its task still runs */
  async deleteOffsets(name: string): Promise<void> {
    await this.send('DELETE', `/connectors/${name}/offsets`, changeTimeoutMs);
  }

  /**
   * Forwards a request without a body.
   *
   * @param path with its query
   * @returns the answer, whatever its status is
   * @throws {ConnectError} when there is none
   */
  async forward(method: string, path: string): Promise<{ status: number; body: string }> {
    try {
      const { status, text } = await this.ask(method, path, changeTimeoutMs);
      return { status, body: text };
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      throw new ConnectError(`Kafka Connect does not answer: ${reason(error)}`);
    }
  }

  private async offsetsOf(name: string): Promise<Record<string, unknown>[]> {
    const path = `/connectors/${name}/offsets`;
    const { offsets } = (await this.send('GET', path, changeTimeoutMs)) as {
      offsets: { offset: Record<string, unknown> | null }[];
    };
    return offsets.flatMap(({ offset }) => (offset === null ? [] : [offset]));
  }

  private async exists(name: string): Promise<boolean> {
    try {
      await this.send('GET', `/connectors/${name}`, readTimeoutMs);
      return true;
    } catch (error) {
      if (error instanceof ConnectError && error.status === 404) return false;
      throw error;
    }
  }

  private async send(
    method: string,
    path: string,
    timeoutMs: number,
    body?: ConnectorConfig,
  ): Promise<unknown> {
    const { status, text } = await this.ask(method, path, timeoutMs, body);
    if (status < 200 || status > 299) {
      throw new ConnectError(`${method} ${path} answered ${status}: ${text}`, status);
    }
    return text === '' ? undefined : JSON.parse(text);
  }

  /**
   * Every request goes by here.
   *
   * @throws {ConnectError} 403 for all that may change something, while Strimzi manages the connector: it would put back at its
   *   next look whatever somebody else had changed
   */
  private async ask(
    method: string,
    path: string,
    timeoutMs: number,
    body?: ConnectorConfig,
  ): Promise<{ status: number; text: string }> {
    if (this.managedBy === 'strimzi' && method !== 'GET') {
      const cure = 'change its KafkaConnector (kubernetes/README.md)';
      throw new ConnectError(`${method} ${path}: Strimzi manages the connector; ${cure}`, 403);
    }
    const response = await fetch(new URL(this.url).origin + path, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: { ...this.headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}

/** Debezium marks positions within a snapshot, and the one at its end when it is not complete. */
function isUnfinished(offset: Record<string, unknown>): boolean {
  return offset.snapshot !== undefined && offset.snapshot_completed !== true;
}

export class ConnectError extends Error {
  override name = 'ConnectError';

  /** @param status the HTTP status of the refusal */
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

type ExpandedConnectors = Record<
  string,
  {
    info?: { config: ConnectorConfig };
    status?: {
      connector: { state: string; trace?: string };
      tasks: { id: number; state: string; trace?: string }[];
    };
  }
>;

/** Shortens a stack trace to one line: its beginning names who gave up, its end what was wrong. */
function causeOf(trace: string | undefined): { trace?: string } {
  if (trace === undefined) return {};
  const [, cause] = /[^]*^Caused by: (.*)/m.exec(trace) ?? /(.*)/.exec(trace) ?? [];
  return { trace: cause ?? '' };
}
