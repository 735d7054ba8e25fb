import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';

/**
 * - `open`: passes everything on
 * - `cut`: resets every connection, and each new one
 * - `silent`: keeps connections and accepts new ones, and passes nothing on: packets vanish
 * - `slow`: passes each piece on after a while
 */
export type LinkMode = 'open' | 'cut' | 'silent' | 'slow';

const slowMs = 200;

/** A TCP proxy between one part of the system and another, which a test can cut and slow down. */
export class TcpLink {
  private mode: LinkMode = 'open';
  private readonly pairs = new Set<[Socket, Socket]>();
  private readonly waiting = new Set<() => void>();
  /** What it did to those who talk through it, since it was opened: the proof that a fault happened. */
  readonly did = { reset: 0, withheldBytes: 0, slowedBytes: 0 };

  private constructor(
    readonly name: string,
    /** Where it listens. */
    readonly port: number,
    private readonly server: Server,
    private targetPort: number,
  ) {}

  /** @param name `who → whom` */
  static async open(name: string, port: number, targetPort: number): Promise<TcpLink> {
    const server = createServer();
    const link = new TcpLink(name, port, server, targetPort);
    server.on('connection', (client) => link.accept(client));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return link;
  }

  set(mode: LinkMode): void {
    this.mode = mode;
    if (mode === 'cut') for (const pair of this.pairs) this.reset(pair);
    if (mode !== 'silent') {
      for (const resume of this.waiting) resume();
      this.waiting.clear();
    }
  }

  /** Leads to another server from now on: who talks to the one before is hung up on. */
  retarget(targetPort: number): void {
    this.targetPort = targetPort;
    for (const pair of this.pairs) this.reset(pair);
  }

  async close(): Promise<void> {
    this.set('open');
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    const target = new Socket();
    const pair: [Socket, Socket] = [client, target];
    client.on('error', () => undefined);
    if (this.mode === 'cut') {
      this.did.reset++;
      client.resetAndDestroy();
      return;
    }
    this.pairs.add(pair);
    target.on('error', () => undefined);
    const connect = (): void => void target.connect(this.targetPort, '127.0.0.1');
    if (this.mode === 'silent') this.waiting.add(connect);
    else connect();
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        this.pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
    this.pump(client, target);
    this.pump(target, client);
  }

  private pump(from: Socket, to: Socket): void {
    const pass = (piece: Buffer): void => {
      if (to.destroyed) return;
      if (to.write(piece)) from.resume();
      else to.once('drain', () => from.resume());
    };
    from.on('data', (piece: Buffer) => {
      from.pause();
      if (this.mode === 'silent') {
        this.did.withheldBytes += piece.length;
        this.waiting.add(() => pass(piece));
      } else if (this.mode === 'slow') {
        this.did.slowedBytes += piece.length;
        setTimeout(() => pass(piece), slowMs);
      } else pass(piece);
    });
    from.on('end', () => to.end());
  }

  private reset(pair: readonly Socket[]): void {
    this.did.reset++;
    for (const socket of pair) socket.resetAndDestroy();
  }
}
