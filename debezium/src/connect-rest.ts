/** A connector's configuration: flat, all values text. */
export type ConnectorConfig = Readonly<Record<string, string>>;

export interface ConnectorFound {
  config: ConnectorConfig;
  /** RUNNING, FAILED, PAUSED, STOPPED, UNASSIGNED or RESTARTING. */
  state: string;
  /** First line of why it FAILED. */
  trace?: string;
  tasks: { id: number; state: string; trace?: string }[];
}

const readTimeoutMs = 3_000;
/** Creating and restarting wait for the worker to load and validate the connector. */
const changeTimeoutMs = 20_000;

/** The few requests of Kafka Connect's REST that the keeper needs. */
export class ConnectRest {
  constructor(private readonly url: string) {}

  /** @returns null when there is no such connector */
  async find(name: string): Promise<ConnectorFound | null> {
    const all = (await this.send(
      'GET',
      '/connectors?expand=info&expand=status',
      readTimeoutMs,
    )) as ExpandedConnectors;
    const entry = all[name];
    if (entry?.info === undefined) return null;
    const { connector, tasks } = entry.status ?? { connector: { state: 'UNASSIGNED' }, tasks: [] };
    return {
      config: entry.info.config,
      state: connector.state,
      ...firstLine(connector.trace),
      tasks: tasks.map(({ id, state, trace }) => ({ id, state, ...firstLine(trace) })),
    };
  }

  /** Creates the connector, or gives it another configuration. */
  async put(name: string, config: ConnectorConfig): Promise<void> {
    await this.send('PUT', `/connectors/${name}/config`, changeTimeoutMs, config);
  }

  /** Starts again what has failed of it: the connector itself and its tasks. */
  async restartFailed(name: string): Promise<void> {
    const path = `/connectors/${name}/restart?includeTasks=true&onlyFailed=true`;
    await this.send('POST', path, changeTimeoutMs);
  }

  /** Starts the connector and its tasks again, failed or not. */
  async restart(name: string): Promise<void> {
    await this.send('POST', `/connectors/${name}/restart?includeTasks=true`, changeTimeoutMs);
  }

  private async send(
    method: string,
    path: string,
    timeoutMs: number,
    body?: ConnectorConfig,
  ): Promise<unknown> {
    const response = await fetch(new URL(path, this.url), {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new ConnectError(`${method} ${path} answered ${response.status}: ${text}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  }
}

export class ConnectError extends Error {
  override name = 'ConnectError';
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

function firstLine(trace: string | undefined): { trace?: string } {
  return trace === undefined ? {} : { trace: trace.split('\n', 1)[0] ?? '' };
}
