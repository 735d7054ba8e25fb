import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
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

test('ports that another process has been given, and where it does not listen yet, are given to nobody else', async () => {
  const module = JSON.stringify(join(__dirname, '..', 'dist', 'ports.js'));
  const script = `require(${module}).freePorts(300).then((ports) => {
    console.log(JSON.stringify(ports));
    setInterval(() => {}, 1000);
  })`;
  const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(other.stdout, 'data')) as [Buffer];
    const theirs = JSON.parse(line.toString()) as number[];
    // By chance alone, some of so many would be the same.
    const ours = await freePorts(300);
    expect(ours.filter((port) => theirs.includes(port))).toEqual([]);
  } finally {
    other.kill('SIGKILL');
  }
});
