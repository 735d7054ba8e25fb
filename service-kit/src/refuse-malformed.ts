import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Limits } from './limits';
import { otherVersion } from './message';
import { Problem, problemBody, problemType } from './problem';
import { securityHeaders } from './security-headers';

/** The error that Node.js's parser reports. */
type ParserError = NodeJS.ErrnoException & { readonly reason?: string };

/** How long a client has to read why it was refused before the connection is cut. */
const lingerMs = 1_000;

/** Answers requests that Node.js's parser refuses as problems, too; no application sees them. */
export function refuseMalformed(server: Server, limits: Limits): void {
  const answering = new WeakMap<Duplex, Set<ServerResponse>>();
  server.on('request', ({ socket }, response) => {
    const responses = answering.get(socket) ?? new Set();
    answering.set(socket, responses.add(response));
    response.once('close', () => responses.delete(response));
  });

  server.on('checkExpectation', (request, response) => {
    // The body may or may not follow, so nobody can tell where the next request starts.
    const headers = { ...securityHeaders, Connection: 'close' };
    refuse(
      response,
      new Problem(417, `Expect: ${request.headers.expect} cannot be met`, {}, headers),
    );
  });

  server.on('clientError', (error: ParserError, socket) => {
    const refusal = asText(parserProblem(error, limits));
    const responses = [...(answering.get(socket) ?? [])];
    // Complete requests before it are answered first: they may have changed something.
    const whole = responses.filter(({ req }) => req.complete);
    if (whole.length > 0) {
      socket.pause();
      const closed = (response: ServerResponse): Promise<void> =>
        new Promise((resolve) => response.once('close', resolve));
      void Promise.all(whole.map(closed)).then(() => end(socket, refusal));
    } else if (responses.some(({ writableEnded }) => writableEnded)) {
      // The request was already refused because of its head.
      end(socket, '');
    } else if (!socket.writable || responses.some(({ headersSent }) => headersSent)) {
      socket.destroy();
    } else {
      end(socket, refusal);
    }
  });
}

/** Sends the last answer. Cutting the connection at once would lose it for a client that is still sending. */
function end(socket: Duplex, answer: string): void {
  if (socket.writable) socket.end(answer);
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(cut));
}

/** Answers a request without the application. */
export function refuse(response: ServerResponse, problem: Problem): void {
  const body = problemBody(problem);
  response.writeHead(problem.status, {
    'Content-Type': problemType,
    'Content-Length': Buffer.byteLength(body),
    ...problem.headers,
  });
  response.end(body);
}

function parserProblem({ code, reason }: ParserError, limits: Limits): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(431, `request line and headers exceed ${limits.headerBytes} bytes`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem(408, 'the request did not arrive in time');
    case 'HPE_PAUSED_H2_UPGRADE':
      return otherVersion;
    default:
      // The version is well-formed, such as HTTP/3.0, but unknown to the parser.
      if (reason === 'Invalid HTTP version') return otherVersion;
      return new Problem(400, 'the request is no HTTP');
  }
}

/** Writes a whole answer as text, because there is no response object yet. */
function asText(problem: Problem): string {
  const body = problemBody(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n');
}
