import type { IncomingMessage, ServerResponse } from 'node:http';
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
  const busy = new Problem(
    503,
    `${requests} requests are under way: no more are taken`,
    {},
    { 'Retry-After': '1' },
  );
  let underWay = 0;
  return ({ url = '' }, response) => {
    if (url.length > urlBytes) return tooLong;
    // A process that is merely busy must not look like a dead one.
    if (underWay >= requests && !url.startsWith('/health/')) return busy;
    underWay++;
    // Answered, or given up by the client.
    response.once('close', () => underWay--);
    return undefined;
  };
}
