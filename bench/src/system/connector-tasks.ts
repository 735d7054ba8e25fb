import { query } from 'local/query';
import { until } from 'local/until';
import type { System } from './system';

const connector = 'outbox-relay';

/** Stops the connector: a paused one goes on reading. The relay keeper leaves a stopped one as it is. */
export async function stopTasks(system: System): Promise<void> {
  await connectRest(system, 'stop');
  await until(async () => {
    const [row] = await query<{ active: boolean }>(
      system.database,
      `SELECT active FROM pg_replication_slots WHERE slot_name = 'relay'`,
    );
    if (row?.active !== false) throw new Error('the slot is still read');
  }, 60_000);
}

/** Lets it go on. */
export const resumeTasks = (system: System): Promise<void> => connectRest(system, 'resume');

async function connectRest(system: System, action: 'stop' | 'resume'): Promise<void> {
  const url = `${system.url('CONNECT_WORKER_PORT')}/connectors/${connector}/${action}`;
  const answer = await fetch(url, { method: 'PUT' });
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
}
