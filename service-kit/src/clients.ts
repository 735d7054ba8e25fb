import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits';
import { Problem } from './problem';

/** How long a client has before it must make room for others. Most requests have arrived by then. */
const graceMs = 100;

/** Connections beyond all others, on which only questions about health are answered. */
const spareConnections = 64;

interface Connection {
  readonly socket: Socket;
  readonly client: string;
  /** The places of which it takes one. */
  readonly places: Places;
  /** Its unanswered requests, each with the places of which it takes one: none for a request about health. */
  readonly requests: Map<IncomingMessage, Places | undefined>;
  /** When it was opened, last received a head, or last sent an answer: the latest of these, in ms. */
  since: number;
}

/**
 * The clients of a listener, and how many of its places each has. A slow client (one that says nothing, or sends its
 * request byte by byte) holds a place only until another one wants it; a fast one is bounded by the share of one address.
 */
export class Clients {
  /** Ordered by `since`, the longest ago first. */
  private readonly connected = new Map<Socket, Connection>();
  private readonly connections: Places;
  private readonly spare: Places;
  private readonly requests: Places;
  private readonly waiting: Places;

  constructor({ connections, requests, waiting, share }: Limits) {
    this.connections = new Places(connections, share);
    this.spare = new Places(spareConnections, share);
    this.requests = new Places(requests, share);
    this.waiting = new Places(waiting, share);
  }

  /** Takes a connection, or closes it: when all are being answered, and the spare ones are taken as well. */
  connect(socket: Socket): void {
    const client = clientOf(socket.remoteAddress);
    const places = [this.connections, this.spare].find((some) => this.hasRoom(some, client));
    if (places === undefined) {
      socket.destroy();
      return;
    }
    places.take(client);
    const requests = new Map<IncomingMessage, Places | undefined>();
    const connection = { socket, client, places, requests, since: performance.now() };
    this.connected.set(socket, connection);
    socket.once('close', () => this.forget(connection));
  }

  /** Closes the connections that nothing has come by: clients open them in advance, and Node.js does not count them as idle. */
  closeSilent(): void {
    for (const socket of this.connected.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Counts a request until it is answered. @returns the refusal, or undefined */
  begin(request: IncomingMessage, response: ServerResponse): Problem | undefined {
    const connection = this.connected.get(request.socket);
    // The connection was closed to make room while its bytes were still being read.
    if (connection === undefined) return this.requests.busy();
    const { client, places, requests } = connection;
    // A process that is merely busy must not look like a dead one.
    const isAboutHealth = request.url?.startsWith('/health/') ?? false;
    if (places === this.spare) {
      response.shouldKeepAlive = false;
      if (!isAboutHealth) return this.connections.busy();
    }
    if (!isAboutHealth) {
      if (!this.hasRoom(this.requests, client)) return this.requests.busy();
      this.requests.take(client);
    }
    requests.set(request, isAboutHealth ? undefined : this.requests);
    asked.set(request, this);
    this.beginAnew(connection);
    response.once('close', () => this.end(connection, request));
    return undefined;
  }

  /**
   * Frees the place of a request while it waits.
   *
   * @returns call it when the wait is over
   * @throws {Problem} 503 when too many wait already
   */
  setAside(request: IncomingMessage): () => void {
    const connection = this.connected.get(request.socket);
    if (connection?.requests.get(request) !== this.requests) return () => undefined;
    const { client, requests } = connection;
    if (this.waiting.isFullFor(client)) throw this.waiting.busy('requests wait');
    const move = (from: Places, to: Places): void => {
      // The request may have been answered, or its client may have gone, meanwhile.
      if (requests.get(request) !== from) return;
      from.leave(client);
      to.take(client);
      requests.set(request, to);
    };
    move(this.requests, this.waiting);
    return () => move(this.waiting, this.requests);
  }

  /** Whether one of these places is free; makes room if it can. */
  private hasRoom(places: Places, client: string): boolean {
    if (!places.isFullFor(client)) return true;
    const slow = this.slowest(places, places.isAllFor(client) ? client : undefined);
    if (slow === undefined) return false;
    this.forget(slow);
    slow.socket.destroy();
    return true;
  }

  /** The connection that has held one of these places for longest without a complete request. */
  private slowest(places: Places, client: string | undefined): Connection | undefined {
    // A spare connection gives no grace: a question about health arrives with the connection.
    const before = performance.now() - (places === this.spare ? 0 : graceMs);
    for (const connection of this.connected.values()) {
      if (connection.since > before) return undefined;
      if (client !== undefined && connection.client !== client) continue;
      const { requests } = connection;
      const hasOne = connection.places === places || [...requests.values()].includes(places);
      if (hasOne && [...requests.keys()].every(({ complete }) => !complete)) return connection;
    }
    return undefined;
  }

  private beginAnew(connection: Connection): void {
    const { socket } = connection;
    if (!this.connected.delete(socket)) return;
    connection.since = performance.now();
    this.connected.set(socket, connection);
  }

  private end(connection: Connection, request: IncomingMessage): void {
    connection.requests.get(request)?.leave(connection.client);
    connection.requests.delete(request);
    this.beginAnew(connection);
  }

  private forget(connection: Connection): void {
    if (!this.connected.delete(connection.socket)) return;
    const { client, places, requests } = connection;
    places.leave(client);
    // Requests that wait for their turn on the connection get no event when it ends.
    for (const counted of requests.values()) counted?.leave(client);
    requests.clear();
  }
}

const asked = new WeakMap<IncomingMessage, Clients>();

/**
 * Frees the place of a request while it waits for something to happen.
 *
 * @returns call it when the wait is over
 * @throws {Problem} 503 when too many wait already
 */
export function setAside(request: IncomingMessage): () => void {
  return asked.get(request)?.setAside(request) ?? (() => undefined);
}

/** A number of places, and how many of them each client has. */
class Places {
  private taken = 0;
  private readonly byClient = new Map<string, number>();
  private readonly perClient: number;

  constructor(
    private readonly total: number,
    share: number,
  ) {
    this.perClient = Math.max(1, Math.floor(total * share));
  }

  /** Whether this client has as many as one client may have. */
  isAllFor(client: string): boolean {
    return (this.byClient.get(client) ?? 0) >= this.perClient;
  }

  isFullFor(client: string): boolean {
    return this.taken >= this.total || this.isAllFor(client);
  }

  take(client: string): void {
    this.taken++;
    this.byClient.set(client, (this.byClient.get(client) ?? 0) + 1);
  }

  leave(client: string): void {
    const left = (this.byClient.get(client) ?? 0) - 1;
    this.taken--;
    if (left > 0) this.byClient.set(client, left);
    else this.byClient.delete(client);
  }

  /** The refusal of another connection or request. */
  busy(what = 'are under way'): Problem {
    const detail = `${this.total} ${what}, or ${this.perClient} of your address: no more are taken`;
    return new Problem(503, detail, { code: 'busy' }, { 'Retry-After': '1' });
  }
}

/** A client is an IPv4 address or an IPv6 network: whoever has one address of a /64 has them all. */
export function clientOf(address = ''): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [before = [], after = []] = address.split('::').map((part) => part.split(':'));
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
