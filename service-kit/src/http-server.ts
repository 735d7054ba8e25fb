import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type Koa from 'koa';
import { refuseMalformed } from './refuse-malformed';

/**
 * Listens and resolves when the port is open.
 *
 * @throws the listen error, such as EADDRINUSE
 */
export async function listen(app: Koa, port: number, host: string): Promise<Server> {
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  refuseMalformed(server);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

/**
 * Stops accepting, lets the accepted requests finish, then resolves.
 *
 * @param graceMs after this long, connections that still have a request under way are cut
 */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  // Closes what is idle now; the sweep closes a busy connection when it has its answer.
  server.close();
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(deadline);
  clearInterval(sweep);
}
