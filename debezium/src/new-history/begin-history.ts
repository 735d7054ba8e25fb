import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { connectorName } from '../connector';
import { KafkaAdmin } from '../kafka-admin';
import { slotName } from '../slot';
import { createTopics, wantedTopics } from '../topics';
import type { NewHistoryConfig } from './config';
import { StoppableConnector } from './stoppable-connector';

const everyMs = 200;
const deadlineMs = 60_000;

/**
 * Makes what the database holds now the beginning of a new history: another source id, empty topics, a
 * relay without slot and offsets, which therefore emits the whole outbox.
 *
 * In this order, so that a crash between two steps leaves a relay that stands still, and the whole can be run
 * again: connector stopped; slot dropped; offsets deleted; source id changed; topics deleted and created;
 * connector resumed.
 *
 * @param say gets a line for each step that is done
 * @throws what PostgreSQL, Connect or Kafka refused
 */
export async function beginHistory(
  config: NewHistoryConfig,
  say: (line: string) => void,
): Promise<void> {
  const connector = new StoppableConnector(config.keeper.connectUrl, connectorName);
  const kafka = new KafkaAdmin(config.keeper.bootstrapServers);
  try {
    // All three must be there before the first step.
    await kafka.with((admin) => admin.listTopics());
    await withClient(config.owner, (client) =>
      client.query('SELECT FROM public.source_history LIMIT 0'),
    );
    await connector.stop();
    say('stopped the connector');
    await eventually(() => withClient(config.relay, dropSlot));
    say(`dropped the slot ${slotName}, if there was one`);
    await eventually(() => connector.deleteOffsets());
    say("deleted the connector's offsets");
    const begun = await withClient(config.owner, (client) => changeSource(client, config));
    say(
      `source id is ${begun.source} now, in ${begun.outboxRows} outbox rows, too; ` +
        `the next product is ${begun.firstProduct}, the next order ${begun.firstOrder}`,
    );
    await emptyTopics(kafka, config);
    say(
      `emptied the topics ${wantedTopics(config.keeper)
        .map(({ topic }) => topic)
        .join(', ')}`,
    );
    await connector.resume();
    say('resumed the connector: it emits the whole outbox');
  } finally {
    await kafka.close();
  }
}

async function dropSlot(client: Client): Promise<void> {
  await client.query(
    `SELECT pg_drop_replication_slot(slot_name)
     FROM pg_replication_slots
     WHERE slot_name = $1 AND database = current_database()`,
    [slotName],
  );
}

interface Begun {
  source: string;
  outboxRows: string;
  firstProduct: string;
  firstOrder: string;
}

async function changeSource(client: Client, config: NewHistoryConfig): Promise<Begun> {
  const { rows } = await client.query<Begun>(
    `SELECT begun_source AS source, outbox_rows AS "outboxRows",
            first_product AS "firstProduct", first_order AS "firstOrder"
     FROM public.begin_history($1, $2)`,
    [config.reason, config.skippedIds],
  );
  const [begun] = rows;
  if (begun === undefined) throw new Error('begin_history returned nothing');
  return begun;
}

/** Watermarks, too: one of the lost future would say that its commands are in the views. */
async function emptyTopics(kafka: KafkaAdmin, config: NewHistoryConfig): Promise<void> {
  const wanted = wantedTopics(config.keeper);
  const names = wanted.map(({ topic }) => topic);
  await eventually(() =>
    kafka.with(async (admin) => {
      const there = await admin.listTopics();
      const topics = names.filter((name) => there.includes(name));
      if (topics.length > 0) await admin.deleteTopics({ topics });
    }),
  );
  // The relay keeper may be quicker: the same topics.
  await eventually(() => kafka.with((admin) => createTopics(admin, wanted)));
}

async function withClient<T>(
  login: NewHistoryConfig['owner'],
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    ...login,
    application_name: 'new-history',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Until what was asked for before has taken effect: a stopping task still holds slot and offsets. */
async function eventually<T>(step: () => Promise<T>): Promise<T> {
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
