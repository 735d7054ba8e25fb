import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits';
import { Problem } from './problem';

/**
 * Decides, before anything is done for a request, whether it is taken.
 *
 * @returns the refusal, or undefined
 */
export function admission({
  requests,
  urlBytes,
}: Limits): (request: IncomingMessage, response: ServerResponse) => Problem | undefined {
  const tooLong = new Problem(414, `path and query are longer than ${urlBytes} bytes`);
  const hostless = new Problem(
    400,
    'a request of HTTP/1.1 names its host',
    {},
    { Connection: 'close' },
  );
  const busy = new Problem(
    503,
    `${requests} requests are under way: no more are taken`,
    { code: 'busy' },
    { 'Retry-After': '1' },
  );
  let underWay = 0;
  const ofSocket = new WeakMap<Socket, { count: number }>();
  /** Those that wait for their turn on a connection are told nothing when it ends. */
  const track = (socket: Socket): { count: number } => {
    const known = ofSocket.get(socket);
    if (known !== undefined) return known;
    const mine = { count: 0 };
    ofSocket.set(socket, mine);
    socket.once('close', () => {
      underWay -= mine.count;
      mine.count = 0;
    });
    return mine;
  };
  return ({ url = '', socket, headers, httpVersion }, response) => {
    if (headers.host === undefined && httpVersion === '1.1') return hostless;
    if (url.length > urlBytes) return tooLong;
    // A process that is merely busy must not look like a dead one.
    if (underWay >= requests && !url.startsWith('/health/')) return busy;
    const mine = track(socket);
    mine.count++;
    underWay++;
    response.once('close', () => {
      if (mine.count === 0) return;
      mine.count--;
      underWay--;
    });
    return undefined;
  };
}
