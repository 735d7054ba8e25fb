import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import cors from 'cors';
import type Koa from 'koa';
import { Clients } from './clients';
import { gate } from './gate';
import { type Limits, usualLimits } from './limits';
import { wrongMessage } from './message';
import { Problem } from './problem';
import { refuse, refuseMalformed } from './refuse-malformed';
import { securityHeaders } from './security-headers';

/** The headers of an answer that pages of other origins may read, besides CORS's default ones. */
const exposedHeaders = [
  'As-Of',
  'Consistency-Token',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'Retry-After',
  'Views-State',
  'WWW-Authenticate',
];

const clientsOf = new WeakMap<Server, Clients>();

/** How long a browser caches the answer to a preflight; Chromium allows at most two hours. */
const preflightSeconds = 7_200;

/**
 * Listens and resolves when the port is open.
 *
 * @throws the listen error, such as EADDRINUSE
 */
export async function listen(
  app: Koa,
  port: number,
  host: string,
  limits: Limits = usualLimits,
): Promise<Server> {
  const handle = app.callback();
  const clients = new Clients(limits);
  const passes = gate(limits);
  const tooLong = new Problem(414, `path and query are longer than ${limits.urlBytes} bytes`);
  /** Before any work is done for it. */
  const refusalOf = (request: IncomingMessage, response: ServerResponse): Problem | undefined =>
    wrongMessage(request) ??
    passes(request) ??
    ((request.url?.length ?? 0) > limits.urlBytes ? tooLong : clients.begin(request, response));
  const share = cors({ origin: [...limits.origins], exposedHeaders, maxAge: preflightSeconds });
  const headers = Object.entries(securityHeaders);
  const server = createServer(optionsOf(limits), (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    const take = (): void => {
      const refusal = refusalOf(request, response);
      if (refusal === undefined) void handle(request, response);
      else refuse(response, refusal);
    };
    // Set before any refusal, so that the page can read why.
    if (limits.origins.includes(request.headers.origin ?? '')) share(request, response, take);
    else take();
  });
  server.on('connection', (socket) => clients.connect(socket));
  clientsOf.set(server, clients);
  server.timeout = limits.stalledMs;
  refuseMalformed(server, limits);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

function optionsOf({ headerBytes, requestMs, idleMs }: Limits) {
  return {
    // Node's own refusal would be no problem: `wrongMessage` refuses instead.
    requireHostHeader: false,
    maxHeaderSize: headerBytes,
    requestTimeout: requestMs,
    headersTimeout: Math.ceil(requestMs / 3),
    keepAliveTimeout: idleMs,
    // How often Node.js enforces these times; its default is 30 s.
    connectionsCheckingInterval: Math.min(1_000, Math.ceil(requestMs / 6)),
  };
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
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    clientsOf.get(server)?.closeSilent();
  }, 50);
  await closed;
  clearTimeout(deadline);
  clearInterval(sweep);
}
