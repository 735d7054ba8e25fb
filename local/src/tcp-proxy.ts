import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { run, type Running } from 'service-kit/run';

interface TcpProxyOptions {
  readonly host: string;
  readonly port: number;
  /** Ports of this machine. */
  readonly members: readonly number[];
}

/**
 * Spreads connections over the members of a service, in turn. One to a member that does not listen goes to the next; a
 * member's death ends its connections, as without a proxy: only clients know what they may ask again.
 *
 * @throws the listen error when the port is taken
 */
export async function startTcpProxy({ host, port, members }: TcpProxyOptions): Promise<Running> {
  let next = 0;
  const open = new Set<Socket>();
  // A client that has said all waits for its answer.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    const first = next++;
    join(
      client,
      members.map((_, i) => members[(first + i) % members.length] ?? 0),
    );
  });
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening;
  return {
    // Stopped behind the members: what is open then leads nowhere.
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const client of open) client.destroy();
      await closed;
    },
  };
}

/** @param members the first one that listens gets the client */
function join(client: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    client.destroy();
    return;
  }
  const member = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const refused = (): void => join(client, others);
  member.once('error', refused);
  member.once('connect', () => {
    member.removeListener('error', refused);
    for (const [from, to] of [
      [client, member],
      [member, client],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
}

if (require.main === module) {
  const [, , host = '', port, ...members] = process.argv;
  void run('tcp-proxy', () =>
    startTcpProxy({ host, port: Number(port), members: members.map(Number) }),
  );
}
