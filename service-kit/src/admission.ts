import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clients } from './clients';
import { gate } from './gate';
import type { Limits } from './limits';
import { wrongMessage } from './message';
import { Problem } from './problem';

/**
 * Decides whether a request is accepted, before any work is done for it.
 *
 * @returns the refusal, or undefined
 */
export function admission(
  limits: Limits,
  clients: Clients,
): (request: IncomingMessage, response: ServerResponse) => Problem | undefined {
  const { urlBytes } = limits;
  const tooLong = new Problem(414, `path and query are longer than ${urlBytes} bytes`);
  const passes = gate(limits);
  return (request, response) =>
    wrongMessage(request) ??
    passes(request) ??
    ((request.url?.length ?? 0) > urlBytes ? tooLong : clients.begin(request, response));
}
