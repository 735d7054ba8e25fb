import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { freePorts, portFaults } from 'local/ports';

async function listenOn(port: number, host: string): Promise<Server> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return server;
}

test('free ports have no fault', async () => {
  const [a, b] = (await freePorts(2)) as [number, number];
  expect(await portFaults({ A: a, B: b })).toEqual([]);
});

test.each(['127.0.0.1', '0.0.0.0'])('a port that is taken on %s is named', async (host) => {
  const [port] = (await freePorts(1)) as [number];
  const server = await listenOn(port, host);
  try {
    expect(await portFaults({ SERVER_PORT: port })).toEqual([
      `port ${port} (SERVER_PORT) is taken: end what listens there, or set SERVER_PORT`,
    ]);
  } finally {
    server.close();
  }
});

test('two variables with one port are both named', async () => {
  const [port] = (await freePorts(1)) as [number];
  expect(await portFaults({ A: port, B: port })).toEqual([
    `port ${port} is wanted twice: by A and B`,
  ]);
});
