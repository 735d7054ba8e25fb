import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

const host = '127.0.0.1';

/**
 * As many different free ports of this machine, for processes that are about to start, and to start
 * again. Below those that systems give to outgoing connections (Linux: from 32768 on): one of those
 * could be taken by anybody while its process is down.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (await portIsFree(port)) ports.add(port);
  }
  return [...ports];
}

/**
 * Why these ports cannot be used, one sentence each.
 *
 * @param ports by the name of the variable that sets each, ` + 20` behind it where that much is added
 */
export async function portFaults(ports: Record<string, number>): Promise<string[]> {
  const names = new Map<number, string>();
  const faults: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    const other = names.get(port);
    names.set(port, name);
    if (other !== undefined) faults.push(`port ${port} is wanted twice: by ${other} and ${name}`);
    else if (!(await portIsFree(port))) {
      const [variable = name] = name.split(' ');
      faults.push(`port ${port} (${name}) is taken: end what listens there, or set ${variable}`);
    }
  }
  return faults;
}

/** Whether a process could listen there now. */
async function portIsFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(port, host);
    await listening;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  await once(server.close(), 'close');
  return true;
}
