import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { createClient, type Login } from 'service-kit/postgres';
import { type ConnectAddress, ConnectRest } from './connect-rest';
import { connectorName } from './connector';
import { slotName } from './slot';

const everyMs = 200;
const deadlineMs = 60_000;

interface RelayAddress {
  readonly connect: ConnectAddress;
  /** The role that owns the slot. */
  readonly relay: Login;
}

/**
 * Makes the relay emit the whole outbox again: without slot and offsets, Debezium creates a slot and emits what the
 * outbox holds at the instant at which that slot begins.
 *
 * The steps are: stop the connector, drop the slot, delete the offsets, run `change`, resume the connector. In this
 * order a crash between two steps leaves a stopped relay, and all steps can be run again.
 *
 * @param change what is done to the outbox while nothing is relayed
 * @param say gets a line for each step that is done
 * @throws what PostgreSQL or Connect refused
 */
export async function emitAgain(
  { connect: address, relay }: RelayAddress,
  change: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const connect = new ConnectRest(address);
  await connect.stop(connectorName);
  say('stopped the connector');
  await eventually(() => withClient(relay, dropSlot));
  say(`dropped the slot ${slotName}, if there was one`);
  await eventually(() => connect.deleteOffsets(connectorName));
  say("deleted the connector's offsets");
  await change();
  await connect.resume(connectorName);
  say('resumed the connector: it emits the whole outbox');
}

async function dropSlot(client: Client): Promise<void> {
  await client.query(
    `SELECT pg_drop_replication_slot(slot_name)
     FROM pg_replication_slots
     WHERE slot_name = $1 AND database = current_database()`,
    [slotName],
  );
}

/** Runs `work` on a new connection. */
export async function withClient<T>(
  login: Login,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = createClient(login, { applicationName: 'relay command', connectTimeoutMs: 5_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Repeats a step until it succeeds: a stopping task still holds slot and offsets for a while. */
export async function eventually<T>(step: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(everyMs);
  }
}
