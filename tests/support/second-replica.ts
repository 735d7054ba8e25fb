import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from 'local/process';
import { until } from 'local/until';
import type { LocalStack } from './local-stack';
import { portsFor } from './ports';

/** Another query service of the same stack: a full copy of the views in a folder of its own. */
interface SecondReplica {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param variables what it gets besides; resolves when it is ready */
export async function startSecondReplica(
  stack: LocalStack,
  variables: NodeJS.ProcessEnv,
): Promise<SecondReplica> {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-replica-'));
  const { QUERY_SERVER_PORT, QUERY_ADMIN_PORT } = await portsFor([
    'QUERY_SERVER_PORT',
    'QUERY_ADMIN_PORT',
  ]);
  const main = join(__dirname, '../../query-service/dist/main.js');
  const replica = await startProcess(
    {
      file: process.execPath,
      args: [main],
      env: {
        ...process.env,
        HTTP_HOST: '127.0.0.1',
        QUERY_SERVER_PORT: String(QUERY_SERVER_PORT),
        QUERY_ADMIN_PORT: String(QUERY_ADMIN_PORT),
        KAFKA_BOOTSTRAP_SERVERS: stack.bootstrapServers,
        RELAY_KEEPER_URL: `http://127.0.0.1:${stack.ports.RELAY_KEEPER_PORT}`,
        REPLICA_ID: '2',
        QUERY_DATA_DIR: join(folder, 'views'),
        ...variables,
      },
    },
    join(folder, 'log'),
  );
  const stop = async (): Promise<void> => {
    replica.signal('SIGKILL');
    await replica.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${QUERY_SERVER_PORT}`;
  try {
    await until(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200), 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}
