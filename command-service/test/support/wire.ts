import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire to a server that a test can hold or cut. */
export interface Wire {
  readonly port: number;
  /** From now on nothing gets through, in either direction, and nobody is told. */
  hold(): void;
  /** From now on everything gets through again, what was held included. */
  release(): void;
  /** When the client sends this text: lets it through, waits until the server answers, and cuts. */
  cutAfter(text: string): void;
  close(): Promise<void>;
}

export async function openWire(target: { host: string; port: number }): Promise<Wire> {
  const sockets = new Set<Socket>();
  let held = false;
  let fatal: string | undefined;

  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    let cutting = false;
    client.on('data', (bytes) => {
      if (fatal !== undefined && bytes.includes(fatal)) {
        cutting = true;
        fatal = undefined;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (cutting) client.destroy();
      else client.write(bytes);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      if (held) socket.pause();
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    hold: () => {
      held = true;
      for (const socket of sockets) socket.pause();
    },
    release: () => {
      held = false;
      for (const socket of sockets) socket.resume();
    },
    cutAfter: (text) => {
      fatal = text;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
