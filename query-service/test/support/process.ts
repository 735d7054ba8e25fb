import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePorts } from 'local/ports';

/** The query service as a process of its own: one that can be killed. */
export interface ServiceProcess {
  readonly adminUrl: string;
  readonly url: string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it has ended, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  stop(): Promise<void>;
}

/**
 * Starts the built program.
 *
 * @param replica its consumer group, where it keeps all views by itself
 * @param failpoints as in `FAILPOINTS`
 * @param variables that say where else it keeps views
 */
export async function startProcess(
  bootstrapServers: string,
  folder: string,
  replica: string,
  failpoints: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<ServiceProcess> {
  const [port = 0, adminPort = 0] = await freePorts(2);
  const child: ChildProcess = spawn(
    process.execPath,
    [join(__dirname, '..', '..', 'dist', 'main.js')],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        AUTH_MODE: 'none',
        KAFKA_BOOTSTRAP_SERVERS: bootstrapServers,
        REPLICA_ID: replica,
        QUERY_DATA_DIR: folder,
        QUERY_SERVER_PORT: String(port),
        QUERY_ADMIN_PORT: String(adminPort),
        HTTP_HOST: '127.0.0.1',
        FAILPOINTS: failpoints,
        ...variables,
      },
    },
  );
  const ended = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  return {
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    ended,
    signal: (signal) => child.kill(signal),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
