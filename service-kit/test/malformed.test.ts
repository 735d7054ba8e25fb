import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import Router from '@koa/router';
import { createApplication } from '../src/application';
import { closeServer, listen } from '../src/http-server';
import { createLogger } from '../src/logger';

type Server = Awaited<ReturnType<typeof listen>>;
let server: Server;
let reached = 0;

beforeAll(async () => {
  const router = new Router();
  router.post('/things', async (ctx) => {
    await text(ctx.req);
    reached++;
    ctx.body = 'read';
  });
  server = await listen(
    createApplication({ open: [router] }, createLogger('test', 'silent')),
    0,
    '127.0.0.1',
  );
});
afterAll(() => closeServer(server, 1_000));

/** Sends bytes as they are and reads until the server closes. */
async function sendRaw(request: string) {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes.toString()));
  socket.write(request);
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return {
    answer,
    status: Number(head.split(' ')[1]),
    head,
    json: body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1),
  };
}

const post = 'POST /things HTTP/1.1\r\nHost: localhost\r\n';
const length = 'Content-Length: 2\r\n';

test.each<[string, string, number]>([
  ['what is no HTTP', 'hello\r\n\r\n', 400],
  ['an invented method', 'FETCH /things HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  ['no Host', 'GET /things HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', `${post}Host: localhost\r\n\r\n`, 400],
  ['an empty Host', 'GET /things HTTP/1.1\r\nHost: \r\n\r\n', 400],
  ['a Host that is none', 'GET /things HTTP/1.1\r\nHost: a@localhost\r\n\r\n', 400],
  ['two Content-Types', `${post}${length}Content-Type: a/b\r\ncontent-type: a/b\r\n\r\n{}`, 400],
  ['two Authorizations', `${post}${length}Authorization: a\r\nAuthorization: b\r\n\r\n{}`, 400],
  ['HTTP/2.0', 'GET /things HTTP/2.0\r\nHost: localhost\r\n\r\n', 505],
  ['HTTP/3.0', 'GET /things HTTP/3.0\r\nHost: localhost\r\n\r\n', 505],
  ['HTTP/0.9', 'GET /things\r\n\r\n', 505],
  ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['an invented version', 'GET /things HTTP/x.1\r\nHost: localhost\r\n\r\n', 400],
  ['gzip in chunks', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
  [
    'gzip in chunks, said in two lines',
    `${post}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    501,
  ],
  ['gzip without chunks', `${post}Transfer-Encoding: gzip\r\n\r\n`, 400],
  ['no transfer coding by name', `${post}Transfer-Encoding: \r\n${length}\r\n{}`, 400],
  ['chunks twice', `${post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, 400],
  [
    'chunks in HTTP/1.0',
    `${post.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['a length that is no number', `${post}Content-Length: x\r\n\r\n`, 400],
  ['a negative length', `${post}Content-Length: -1\r\n\r\n`, 400],
  ['two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400],
  ['a length and chunks', `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400],
  ['a chunk without a size', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
  ['a NUL in a header', `${post}A: \0\r\n\r\n`, 400],
  ['20 KB of headers', `${post}A: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['a URL of 20 KB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  ['an Expect that is none', `${post}Expect: more\r\nContent-Length: 2\r\n\r\n{}`, 417],
])('%s is refused with a problem, and the connection ends', async (_, request, status) => {
  const before = reached;
  const { answer, head, json } = await sendRaw(request);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`]);
  expect(reached).toBe(before);
  expect(head).toMatch(/^Content-Type: application\/problem\+json$/m);
  expect(head).toMatch(/^Connection: close$/m);
  expect(JSON.parse(json)).toMatchObject({ type: 'about:blank', status });
});

test.each([
  ['a byte more than its length', ' '],
  ['a request that is none', 'hello\r\n\r\n'],
])('a request with %s behind it is answered, then what follows is refused', async (_, more) => {
  const before = reached;
  const { answer } = await sendRaw(`${post}Content-Length: 2\r\n\r\n{}${more}`);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  expect(reached).toBe(before + 1);
});

test('several requests are answered in their order, then what follows is refused', async () => {
  const one = `${post}Content-Length: 2\r\n\r\n{}`;
  const { answer } = await sendRaw(`${one}${one}${one}hello\r\n\r\n`);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual([
    ...Array<string>(3).fill('HTTP/1.1 200'),
    'HTTP/1.1 400',
  ]);
});

test('Expect: 100-continue and chunks are read as usual', async () => {
  const before = reached;
  const { status } = await sendRaw(
    `${post}Connection: close\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  );
  expect([status, reached]).toEqual([100, before + 1]);
});

test.each(['PUT', 'DELETE', 'PATCH', 'GET', 'PROPFIND', 'TRACE'])(
  '%s where it is not answered is 405 with what is allowed, never a fault of the service',
  async (method) => {
    const { status, head } = await sendRaw(
      `${method} /things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(405);
    expect(head).toMatch(/^Allow: POST$/m);
    expect(head).toMatch(/^Content-Type: application\/problem\+json$/m);
  },
);
