import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Random } from './random';
import { type HostileRequest, hostileRequest } from './requests';

/** A request must have ended after this, whatever it was. */
const deadlineMs = 15_000;

/** Words of what is inside a service. */
const internals = /node_modules|\.[jt]s:\d|\bat \w+ \(|SQLITE|violates|constraint|ECONN/;

/** Who is asked, by port. */
interface Targets {
  readonly commands: number;
  readonly queries: number;
}

/**
 * Sends hostile requests, each on a connection of its own, some at once.
 *
 * @returns how many of each kind were sent, by `service: kind`
 * @throws {Error} naming, of each kind, the first request that was answered otherwise than its kind may be
 */
export async function attack(
  targets: Targets,
  { count, seed, atOnce }: { count: number; seed: number; atOnce: number },
): Promise<Map<string, number>> {
  const random = new Random(seed);
  const sent = new Map<string, number>();
  const wrong = new Map<string, string>();
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const service = random.of(['commands', 'queries'] as const);
      const request = hostileRequest(service, random);
      const name = `${service}: ${request.kind}`;
      const answer = await send(targets[service], request);
      if (!isRight(request, answer) && !wrong.has(name)) wrong.set(name, describe(request, answer));
      sent.set(name, (sent.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  if (wrong.size > 0) throw new Error([...wrong].map((one) => one.join(': ')).join('\n'));
  return sent;
}

/** Half of a command. */
export const halfSent =
  'POST /api/products HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"name":';

/** Opens connections that have sent this, and keeps them so. @returns hangs all of them up */
export async function hold(port: number, count: number, text: string): Promise<() => void> {
  const sockets: Socket[] = [];
  const open = async (): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    // Refused, perhaps: that is for the service to decide.
    socket.on('error', () => socket.destroy());
    const closed = once(socket, 'close');
    socket.resume().write(text);
    await Promise.race([once(socket, 'connect'), closed]);
  };
  // No more at once than the system keeps until they are accepted.
  while (sockets.length < count) {
    await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, open));
  }
  return () => sockets.forEach((socket) => socket.destroy());
}

/** @returns what came back until the connection ended */
function send(port: number, { kind, bytes, then }: HostileRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`${kind}: no end of ${excerpt(bytes)}`));
    }, deadlineMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Cut while it was still sending: refused as well as by an answer.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(late);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    if (then === 'ends') socket.end(bytes);
    else socket.write(bytes, () => then === 'hangs up' && socket.destroy());
  });
}

function isRight({ statuses, maySayNothing = false }: HostileRequest, text: string): boolean {
  // Not only at the beginning of a line: a body need not end in one.
  const answers = [...text.matchAll(/HTTP\/1\.1 (\d{3}) .*?\r\n\r\n/gs)];
  const last = answers.at(-1)?.[0];
  if (last === undefined) return maySayNothing && text === '';
  const areExpected = answers.every(([, status]) => statuses.includes(Number(status)));
  return areExpected && isProblem(last) && !internals.test(text);
}

function describe({ bytes, statuses }: HostileRequest, text: string): string {
  return (
    `${statuses.join(' or ')} expected for ${excerpt(bytes)}, ` +
    `answered ${JSON.stringify(text.slice(0, 1_000))}`
  );
}

const isProblem = (head: string): boolean =>
  /^content-type: application\/problem\+json\r$/im.test(head);

const excerpt = (bytes: Buffer): string =>
  JSON.stringify(bytes.subarray(0, 400).toString('latin1'));
