import { parseArgs } from 'node:util';
import type { RunBy } from 'contracts/commands';
import type { KafkaConnection } from 'kafka-client/connection';
import type { Login } from 'service-kit/postgres';
import { readRelayKeeperConfig, readSetupConfig } from '../config';
import type { ConnectAddress } from '../connect-rest';

const usage = `usage: relay unsendable
       relay skip <event id> … --why <text>

unsendable   lists the events that cannot be sent, of those that the relay has in front of it and of those in the outbox
skip         goes on without these: takes them out of the outbox into the table outbox_skipped, and has everything else that
             the outbox holds emitted again, which counts nothing twice`;

/** Wrong arguments: nothing was done. */
export class UsageError extends Error {
  override name = 'UsageError';
  constructor(what: string) {
    super(`${what}\n\n${usage}`);
  }
}

export interface RelayCommand {
  readonly kind: 'unsendable' | 'skip';
  readonly ids: readonly string[];
  readonly why: string;
  /** May change the outbox. */
  readonly owner: Login;
  /** Owns the slot. */
  readonly relay: Login;
  readonly connect: ConnectAddress;
  readonly kafka: KafkaConnection;
  readonly runBy: RunBy;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws {UsageError} {ConfigurationError} */
export function readRelayCommand(
  args: string[],
  environment: NodeJS.ProcessEnv = process.env,
): RelayCommand {
  const { positionals, why } = parse(args);
  const [kind, ...ids] = positionals;
  if (kind !== 'unsendable' && kind !== 'skip') throw new UsageError('which command?');
  if (kind === 'skip') {
    if (ids.length === 0) throw new UsageError('which events?');
    if (why.trim() === '') throw new UsageError('--why is missing: it is kept with the event');
  }
  const wrong = ids.find((id) => !uuid.test(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no event id`);
  const { database: owner } = readSetupConfig(environment);
  const { database: relay, connect, kafka, audit } = readRelayKeeperConfig(environment);
  return { kind, ids, why, owner, relay, connect, kafka, runBy: audit.runBy };
}

function parse(args: string[]): { positionals: string[]; why: string } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { why: { type: 'string', default: '' } },
    });
    return { positionals, why: values.why };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
