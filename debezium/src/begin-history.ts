import type { Client } from 'pg';
import { aggregates, type AggregateTable, aggregateTypes } from 'contracts/aggregates';
import { KafkaAdmin } from 'kafka-client/kafka-admin';
import { emitAgain, eventually, withClient } from './emit-again';
import type { CommandConfig } from './config';
import { wantedTopics } from './topics';

/** How many ids of each kind are left out: clients may hold some that were given out in what was lost. */
export const defaultSkippedIds = 1_000_000;

type NewHistoryConfig = CommandConfig & {
  /** Kept in the table source_history. */
  readonly reason: string;
  /** How many ids of each kind of aggregate are skipped. */
  readonly skippedIds: number;
};

/**
 * Begins a new history with what the database holds now: with another source id, empty topics, and a relay without slot
 * and offsets, which therefore emits the whole outbox.
 *
 * Safe to run again, as a whole, when it failed on its way: between `emitAgain`'s steps the source id is changed, then topics
 * are deleted and created.
 *
 * @param say gets a line for each step that is done
 * @throws what PostgreSQL, Connect or Kafka refused
 */
export async function beginHistory(
  config: NewHistoryConfig,
  say: (line: string) => void,
): Promise<void> {
  const kafka = new KafkaAdmin(config.keeper.kafka, 'new-history');
  try {
    // PostgreSQL, Connect and Kafka must all answer before the first step.
    await kafka.topics();
    await withClient(config.owner, (client) =>
      client.query('SELECT FROM public.source_history LIMIT 0'),
    );
    const { connect } = config.keeper;
    const change = async (): Promise<void> => {
      const begun = await withClient(config.owner, (client) => changeSource(client, config));
      say(
        `source id is ${begun.source} now, in ${begun.outboxRows} outbox rows, too; ` +
          `the next ${nextIds(begun)}`,
      );
      const names = await emptyTopics(kafka, config);
      say(`emptied the topics ${names.join(', ')}`);
    };
    await emitAgain({ connect, relay: config.relay }, change, say);
  } finally {
    await kafka.close();
  }
}

interface Begun {
  source: string;
  outboxRows: string;
  firstIds: Record<AggregateTable, number>;
}

/** `product is 1000001, order 1000005`. */
const nextIds = ({ firstIds }: Begun): string =>
  aggregateTypes
    .toReversed()
    .map((type) => [type, String(firstIds[aggregates[type].table])] as const)
    .map(([type, id], i) => (i === 0 ? `${type} is ${id}` : `the next ${type} ${id}`))
    .join(', ');

async function changeSource(client: Client, config: NewHistoryConfig): Promise<Begun> {
  const { rows } = await client.query<Begun>(
    `SELECT begun_source AS source, outbox_rows AS "outboxRows", first_ids AS "firstIds"
     FROM public.begin_history($1, $2)`,
    [config.reason, config.skippedIds],
  );
  const [begun] = rows;
  if (begun === undefined) throw new Error('begin_history returned nothing');
  return begun;
}

/**
 * Deletes and creates the topics; that of watermarks, too: a watermark of the lost future would claim that its commands
 * are in the views.
 */
async function emptyTopics(kafka: KafkaAdmin, config: NewHistoryConfig): Promise<string[]> {
  const wanted = wantedTopics(config.keeper);
  const names = wanted.map(({ topic }) => topic);
  await eventually(async () => {
    const there = await kafka.topics();
    const topics = names.filter((name) => there.includes(name));
    if (topics.length > 0) await kafka.deleteTopics(topics);
  });
  // The relay keeper may create the same topics first.
  await eventually(() => kafka.createTopics(wanted));
  return names;
}
