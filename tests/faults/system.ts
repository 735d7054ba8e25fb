import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from 'local/ports';
import { portsFor } from '../support/ports';
import { freeStackPorts, LocalStack, type StackPorts } from '../support/local-stack';
import { DatabaseClock } from './database-clock';
import { SmallDisk } from './small-disk';
import { partNames } from '../support/parts';
import { TcpLink } from '../../local/test/support/tcp-link';

/** Where the query services of a system keep their views: one in SQLite, or two members in a PostgreSQL of their own. */
export type Store = 'sqlite' | 'postgres';

/** Who talks to whom by a connection that can be cut. */
const linkNames = [
  'command-service → postgres',
  'connect → postgres',
  'relay-keeper → postgres',
  'connect → kafka',
  'query-service → kafka',
  'relay-keeper → kafka',
  'relay-keeper → connect',
] as const;
const linkToViews = 'query-service → views-postgres';
type LinkName = (typeof linkNames)[number] | typeof linkToViews;

export const linksWith = (store: Store): readonly LinkName[] =>
  store === 'postgres' ? [...linkNames, linkToViews] : linkNames;

/** The processes of a system. */
export const partsWith = (store: Store): readonly string[] =>
  store === 'postgres'
    ? [...partNames, 'query-service-2', 'query-proxy', 'views-postgres']
    : partNames;

/** The parts whose clock can be moved: those that run on Node.js. */
export const clockParts = ['command-service', 'query-service', 'relay-keeper'] as const;
type ClockPart = (typeof clockParts)[number];

/** The whole system as `npm start` runs it, with a proxy in each connection, moved clocks and a small disk. */
export class FaultSystem {
  readonly stack: LocalStack;
  readonly store: Store;
  /** Holds the clocks' files. */
  readonly folder: string;
  private readonly links: ReadonlyMap<LinkName, TcpLink>;
  /** Under the views; null where none can be mounted. */
  readonly disk: SmallDisk | null;
  readonly databaseClock: DatabaseClock;
  /** Names of the broker's listeners for clients. */
  readonly listeners: readonly string[];
  readonly checkout: string;
  private readonly letGo: () => Promise<void>;

  private constructor(
    parts: Pick<
      FaultSystem,
      'stack' | 'store' | 'folder' | 'disk' | 'databaseClock' | 'listeners' | 'checkout'
    > & { links: ReadonlyMap<LinkName, TcpLink>; letGo: () => Promise<void> },
  ) {
    this.stack = parts.stack;
    this.store = parts.store;
    this.folder = parts.folder;
    this.links = parts.links;
    this.disk = parts.disk;
    this.databaseClock = parts.databaseClock;
    this.listeners = parts.listeners;
    this.checkout = parts.checkout;
    this.letGo = parts.letGo;
  }

  /** @param checkout whose `npm start`, and whose operator's commands */
  static async start(checkout: string, store: Store): Promise<FaultSystem> {
    const folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-faults-'));
    const ports = { ...(await freeStackPorts()), ...(await portsFor(['VIEWS_DB_PORT'])) };
    const { links, environment } = await openLinks(ports, store);
    const extra = [...links.keys()].filter((name) => name.endsWith('→ kafka'));
    const listeners = ['PLAINTEXT', ...extra.map((_, i) => `EXTRA_${i + 1}`)];
    const disk = store === 'sqlite' ? SmallDisk.mount(join(folder, 'views')) : null;
    const databaseClock = DatabaseClock.make(folder);
    const clocks = [
      ...Object.entries(databaseClock.environment).map(([name, value]) => [
        variable('postgres', name),
        value,
      ]),
      ...clockParts.flatMap((part) => [
        [variable(part, 'NODE_OPTIONS'), `--require ${join(__dirname, 'clock.cjs')}`],
        [variable(part, 'FAULT_CLOCK_FILE'), clockFile(folder, part)],
      ]),
    ];
    const letGo = async (): Promise<void> => {
      for (const link of links.values()) await link.close();
      disk?.unmount();
      rmSync(folder, { recursive: true, force: true });
    };
    const started = LocalStack.start({
      ports,
      checkout,
      environment: {
        ...environment,
        ...(store === 'postgres' && { VIEW_STORE: store, QUERY_MEMBERS: '2' }),
        ...(Object.fromEntries(clocks) as Record<string, string>),
        ...(disk && { [variable('query-service', 'QUERY_DATA_DIR')]: disk.folder }),
      },
    });
    started.catch(letGo);
    const stack = await started;
    return new FaultSystem({
      ...{ stack, store, folder, links, disk, databaseClock, listeners, checkout, letGo },
    });
  }

  link(name: LinkName): TcpLink {
    const link = this.links.get(name);
    if (link === undefined) throw new Error(`no link ${name}`);
    return link;
  }

  clockFile(part: ClockPart): string {
    return clockFile(this.folder, part);
  }

  /** Where each query service itself answers. */
  get queryServices(): readonly string[] {
    const { queries, ports } = this.stack;
    if (this.store === 'sqlite') return [queries];
    return [20, 40].map((offset) => `http://127.0.0.1:${ports.QUERY_SERVER_PORT + offset}`);
  }

  /** Where the query service's files are. */
  get viewsFolder(): string {
    return this.disk?.folder ?? join(this.stack.folder, 'query-service');
  }

  /** Ends everything. @param keepData for somebody who looks for the cause of a failure */
  async end(keepData: boolean): Promise<void> {
    if (keepData) {
      this.disk?.copyTo(join(this.stack.folder, 'query-service'));
      await this.stack.killAll();
    } else await this.stack.remove();
    await this.letGo();
  }
}

const clockFile = (folder: string, part: string): string => join(folder, `clock-${part}`);

const variable = (part: string, name: string): string =>
  `${part.replaceAll('-', '_').toUpperCase()}_ENV_${name}`;

async function openLinks(
  ports: StackPorts & { readonly VIEWS_DB_PORT: number },
  store: Store,
): Promise<{ links: Map<LinkName, TcpLink>; environment: Record<string, string> }> {
  const links = new Map<LinkName, TcpLink>();
  const environment: Record<string, string> = {};
  const listeners: string[] = [];
  for (const name of linksWith(store)) {
    const [port, listener] = (await freePorts(2)) as [number, number];
    const [client = '', server = ''] = name.split(' → ');
    if (server === 'kafka') {
      listeners.push(`${listener}:${port}`);
      environment[variable(client, 'KAFKA_BOOTSTRAP_SERVERS')] = `127.0.0.1:${port}`;
    } else if (server === 'postgres') {
      environment[variable(client, 'DB_PORT')] = String(port);
    } else if (server === 'views-postgres') {
      environment[variable(client, 'VIEWS_DB_PORT')] = String(port);
    } else environment[variable(client, 'CONNECT_URL')] = `http://127.0.0.1:${port}`;
    const target = {
      kafka: listener,
      postgres: ports.DB_PORT,
      connect: ports.CONNECT_WORKER_PORT,
      'views-postgres': ports.VIEWS_DB_PORT,
    }[server];
    links.set(name, await TcpLink.open(name, port, target ?? 0));
  }
  return { links, environment: { ...environment, KAFKA_EXTRA_LISTENERS: listeners.join(',') } };
}
