// Requests as bytes: an HTTP client would refuse to send most of what stands in requests.ts.

type Headers = readonly string[];

/** Head and body as they are. */
export function raw(
  method: string,
  path: string,
  headers: Headers,
  body: string | Buffer = '',
): Buffer {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    ...headers,
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), Buffer.from(body)]);
}

export const request = (method: string, path: string, headers: Headers = []): Buffer =>
  raw(method, path, headers);

export const get = (path: string, headers: Headers = []): Buffer => raw('GET', path, headers);

/** Without `Connection: close`: others may follow. */
export const keptAlive = (path: string): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

export const post = (
  path: string,
  body: string | Buffer,
  headers: Headers = [],
  type = 'application/json',
): Buffer => withBody('POST', path, body, headers, type);

export const put = (path: string, body: string, headers: Headers = []): Buffer =>
  withBody('PUT', path, body, headers, 'application/json');

export const json = (path: string, body: unknown, headers: Headers = []): Buffer =>
  post(path, JSON.stringify(body), headers);

/** In one chunk, its length announced nowhere else. */
export function chunked(path: string, body: Buffer): Buffer {
  const headers = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
  const size = Buffer.from(`${body.length.toString(16)}\r\n`);
  return raw('POST', path, headers, Buffer.concat([size, body, Buffer.from('\r\n0\r\n\r\n')]));
}

function withBody(
  method: string,
  path: string,
  body: string | Buffer,
  headers: Headers,
  type: string,
): Buffer {
  const length = Buffer.byteLength(body);
  return raw(
    method,
    path,
    [`Content-Type: ${type}`, `Content-Length: ${length}`, ...headers],
    body,
  );
}
