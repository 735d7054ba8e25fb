import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { connectorCommand } from 'contracts/commands';
import { Refused } from 'service-kit/command-errors';
import { type Login, withClient as onClient } from 'service-kit/postgres';
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
 * order a crash between two steps leaves a stopped relay, and all steps can be run again. Where Strimzi manages the connector, the
 * operator has it stopped and its offsets deleted before, and has it resumed afterwards.
 *
 * @param change what is done to the outbox while nothing is relayed
 * @param say gets a line for each step that is done
 * @throws {Refused} when the operator has not; what PostgreSQL or Connect refused
 */
export async function emitAgain(
  { connect: address, relay }: RelayAddress,
  change: () => Promise<void>,
  say: (line: string) => void,
): Promise<void> {
  const connect = new ConnectRest(address);
  const isWatched = address.managedBy === 'strimzi';
  if (isWatched) await requireReset(connect, address);
  else {
    await connect.have(connectorName, 'stop');
    say('stopped the connector');
  }
  await eventually(() => withClient(relay, dropSlot));
  say(`dropped the slot ${slotName}, if there was one`);
  if (!isWatched) {
    await eventually(() => connect.deleteOffsets(connectorName));
    say("deleted the connector's offsets");
  }
  await change();
  if (isWatched) {
    say(`resume the connector, which emits the whole outbox then: ${byHand('resume', address)}`);
    return;
  }
  await connect.have(connectorName, 'resume');
  say('resumed the connector: it emits the whole outbox');
}

const byHand = (
  action: Parameters<typeof connectorCommand>[0],
  { managedBy, url }: ConnectAddress,
): string => connectorCommand(action, { managedBy, connectUrl: url });

/** @throws {Refused} unless the connector is stopped and has no position */
async function requireReset(connect: ConnectRest, address: ConnectAddress): Promise<void> {
  const found = await connect.find(connectorName);
  const isStopped = found?.state === 'STOPPED' && found.tasks.length === 0;
  if (isStopped && (await connect.positionOf(connectorName)) === null) return;
  throw new Refused(
    'Strimzi manages the connector: first have it stopped and its offsets deleted, and wait for both ' +
      `(${byHand('stop', address)}; ${byHand('delete-offsets', address)})`,
  );
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
export const withClient = <T>(login: Login, work: (client: Client) => Promise<T>): Promise<T> =>
  onClient(login, { applicationName: 'relay command', connectTimeoutMs: 5_000 }, work);

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
