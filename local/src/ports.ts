import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

const host = '127.0.0.1';

/**
 * As many different free ports of this machine, for processes that are about to start, and to start
 * again. Below those that systems give to outgoing connections (Linux: from 32768 on): one of those
 * could be taken by anybody while its process is down. No other process gets them from here while this one lives, whether
 * somebody listens there yet or not.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (!ports.has(port) && (await reserve(port))) ports.add(port);
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

/** Takes a port that is free by its UDP namesake, which nobody uses and which the system gives back when this process ends. */
async function reserve(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    const bound = once(socket, 'listening');
    socket.bind({ port, address: host, exclusive: true });
    await bound;
  } catch (error) {
    socket.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  socket.unref();
  const isFree = await portIsFree(port);
  if (!isFree) socket.close();
  return isFree;
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
