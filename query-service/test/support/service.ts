import { mkdtemp } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { until } from 'local/until';
import { createGuard } from 'service-kit/auth';
import type { AuthConfig } from 'service-kit/auth-config';
import { closeServer, listen } from 'service-kit/http-server';
import { createAdminApp } from '../../src/admin/app';
import { createApp } from '../../src/app';
import { ApplyMetrics } from '../../src/apply/metrics';
import { PipelineWatch } from '../../src/pipeline/pipeline-watch';
import { RelayKeeper } from '../../src/pipeline/relay';
import { Replica } from '../../src/replica';
import type { Definition } from '../../src/views/view';
import { definition as ofThisProgram } from '../../src/views/views';
import { homes } from './homes';
import { topics } from './kafka';

/** The query service in this process, on free ports. */
export interface TestService {
  readonly folder: string;
  readonly url: string;
  readonly adminUrl: string;
  readonly replica: Replica;
  /** What it has logged, a line each. */
  readonly log: readonly string[];
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** Asks the admin listener. */
  admin(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer>;
  /** The file that serves, or the schema. */
  databaseFile(): Promise<string>;
  stop(): Promise<void>;
}

/** These tests have none: nobody listens there. */
const noRelayKeeper = 'http://127.0.0.1:9';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

interface ServiceOptions {
  readonly bootstrapServers: string;
  readonly groupId: string;
  /** The data folder of a service before; a new one when left out. */
  readonly folder?: string;
  readonly definition?: Definition | undefined;
  readonly auth?: AuthConfig;
  /** No bound when left out, because most tests have no relay that writes watermarks. */
  readonly staleAfterSeconds?: number;
}

export async function startService({
  bootstrapServers,
  groupId,
  folder,
  definition = ofThisProgram,
  auth = { mode: 'none' },
  staleAfterSeconds = Infinity,
}: ServiceOptions): Promise<TestService> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'query-service-')));
  const claimed = await homes().open(home);
  const kafka = {
    brokers: [bootstrapServers],
    groupId,
    topics,
    watermarkTopic: topics.watermark,
  };
  const crash = (error: unknown): void => {
    throw error;
  };
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => log.push(line) });
  const metrics = new ApplyMetrics();
  const bounds = { maxParkedRun: 100, staleAfterSeconds };
  const replica = new Replica({
    home: claimed,
    kafka,
    bounds,
    metrics,
    logger,
    onCrash: crash,
    definition,
  });
  await replica.start();
  // These topics begin with the test: nothing can be missing. Whoever hands over a folder says so itself, or does not.
  if (folder === undefined) await replica.verified(replica.doubtToken ?? '');
  const guard = createGuard(auth, logger);
  const watch = new PipelineWatch(replica, new RelayKeeper(noRelayKeeper));
  const app = { replica, watch, guard, logger };
  const server = await listen(createApp(app), 0, '127.0.0.1');
  const admin = await listen(createAdminApp(app), 0, '127.0.0.1');
  const answerOf = async (response: Response): Promise<Answer> => ({
    status: response.status,
    headers: response.headers,
    body: await response.json(),
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const adminUrl = `http://127.0.0.1:${(admin.address() as AddressInfo).port}`;
  return {
    folder: home,
    url,
    adminUrl,
    replica,
    log,
    get: async (path, headers = {}) => answerOf(await fetch(url + path, { headers })),
    admin: async (method, path, body) =>
      answerOf(
        await fetch(adminUrl + path, {
          method,
          headers: { 'Content-Type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    databaseFile: () => homes().serving(home),
    stop: async () => {
      replica.serving.waiters.end();
      await Promise.all([closeServer(server, 1000), closeServer(admin, 1000)]);
      await replica.stop();
      await claimed.release();
    },
  };
}

/** Waits until expectations hold, at most this long. */
export const eventually = (holds: () => Promise<void>, deadlineMs = 60_000): Promise<void> =>
  until(holds, deadlineMs);

export const forget = (folder: string): Promise<void> => homes().forget(folder);
