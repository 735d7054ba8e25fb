import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from 'local/ports';
import { type Exit, type RunningProcess, startProcess, tail } from 'local/process';
import type { TemporaryPostgres } from '../../../local/test/support/temporary';
import { until } from 'local/until';
import { httpClient, type HttpClient } from './http';
import { environment } from './service';

/** The command service as a process, for what only a process can show: how it dies. */
export interface ServiceProcess {
  readonly http: HttpClient;
  readonly exited: Promise<Exit>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/**
 * Starts the compiled service (`npm test` compiles first) on ports of its own and waits until it is ready.
 *
 * @param more such as FAILPOINTS
 */
export async function startServiceProcess(
  postgres: TemporaryPostgres,
  more: NodeJS.ProcessEnv = {},
): Promise<ServiceProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'command-service-'));
  const logFile = join(folder, 'log');
  const [port, adminPort] = (await freePorts(2)) as [number, number];
  const running = await startProcess(
    {
      file: process.execPath,
      args: [join(__dirname, '..', '..', 'dist', 'main.js')],
      env: {
        ...environment(postgres),
        SERVER_PORT: String(port),
        COMMAND_ADMIN_PORT: String(adminPort),
        HTTP_HOST: '127.0.0.1',
        ...more,
      },
    },
    logFile,
  );
  const exited = running.exited.finally(() => rmSync(folder, { recursive: true }));
  const http = httpClient(port);
  await untilReady(http, running);
  return {
    http,
    exited,
    kill: async () => {
      running.signal('SIGKILL');
      await exited;
    },
  };
}

async function untilReady(http: HttpClient, running: RunningProcess): Promise<void> {
  try {
    await until(async () => {
      const { status } = await http.get('/health/ready');
      if (status !== 200) throw new Error(`/health/ready answers ${status}`);
    }, 60_000);
  } catch (cause) {
    const log = tail(running.logFile);
    running.signal('SIGKILL');
    throw new Error(`the service did not become ready:\n${log}`, { cause });
  }
}
