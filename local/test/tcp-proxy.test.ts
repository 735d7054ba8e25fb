import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Running } from 'service-kit/run';
import { freePorts } from '../src/ports';
import { startTcpProxy } from '../src/tcp-proxy';

const host = '127.0.0.1';

let port: number;
let free: number;
beforeAll(async () => {
  [port = 0, free = 0] = await freePorts(2);
});

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** Says its name and what it has read, when the client has said all. */
async function member(name: string): Promise<{ port: number; clients: Socket[] }> {
  const clients: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (client) => {
    clients.push(client);
    client.on('error', () => undefined);
    let said = '';
    client.on('data', (piece: Buffer) => (said += piece.toString()));
    client.on('end', () => client.end(`${name}: ${said}`));
  });
  server.listen(0, host);
  await once(server, 'listening');
  open.push(async () => {
    for (const client of clients) client.destroy();
    await once(server.close(), 'close');
  });
  return { port: (server.address() as AddressInfo).port, clients };
}

async function proxyTo(...members: number[]): Promise<Running> {
  const proxy = await startTcpProxy({ host, port, members });
  open.unshift(() => proxy.stop());
  return proxy;
}

function client(): Socket {
  const socket = connect({ host, port, allowHalfOpen: true });
  socket.on('error', () => undefined);
  return socket;
}

async function ask(words: string): Promise<string> {
  const socket = client();
  socket.end(words);
  return text(socket);
}

test('connections go to the members in turn, and an answer comes to who has said all', async () => {
  const [a, b] = [await member('a'), await member('b')];
  await proxyTo(a.port, b.port);
  expect([await ask('1'), await ask('2'), await ask('3')]).toEqual(['a: 1', 'b: 2', 'a: 3']);
});

test('a connection to a member that does not listen goes to the next one', async () => {
  const b = await member('b');
  await proxyTo(free, b.port);
  expect([await ask('1'), await ask('2')]).toEqual(['b: 1', 'b: 2']);
});

test('with no member there, a connection ends', async () => {
  await proxyTo(free);
  expect(await ask('1').catch(() => '')).toBe('');
});

test("a member's death ends its clients' connections, and no other's", async () => {
  const [a, b] = [await member('a'), await member('b')];
  await proxyTo(a.port, b.port);
  const [ofA, ofB] = [client(), client()];
  ofA.resume().write('1');
  await once(ofA, 'connect');
  ofB.write('2');
  while (a.clients.length + b.clients.length < 2) await new Promise(setImmediate);
  const ended = once(ofA, 'end');
  for (const socket of a.clients) socket.resetAndDestroy();
  await ended;
  ofB.end('3');
  expect(await text(ofB)).toBe('b: 23');
});
