import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, problemBody, problemType } from './problem';

/** What no application gets to see, because the parser refuses it, is answered as a problem, too. */
export function refuseMalformed(server: Server): void {
  const answering = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => answering.set(request.socket, response));

  server.on('checkExpectation', (request, response) => {
    const problem = new Problem(417, `Expect: ${request.headers.expect} cannot be met`);
    // Its body may or may not follow: nobody can tell where the next request starts.
    response.writeHead(problem.status, { 'Content-Type': problemType, Connection: 'close' });
    response.end(problemBody(problem));
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = answering.get(socket);
    const midAnswer = response?.headersSent === true && !response.writableFinished;
    if (!socket.writable || midAnswer) socket.destroy();
    else socket.end(asText(parserProblem(error)));
  });
}

function parserProblem({ code }: NodeJS.ErrnoException): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(431, 'the request line and headers are larger than 16 KiB');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem(408, 'the request did not arrive in time');
    default:
      return new Problem(400, 'the request is no HTTP');
  }
}

/** A whole answer as it goes over the wire: there is no response object yet. */
function asText(problem: Problem): string {
  const body = problemBody(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
