import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import type { Sql } from 'service-kit/sql';
import { maxRequestBytes, type Obstacle, obstacleOf } from './reason';
import { rowsInWal, unsendableInOutbox, type UnsentRow } from './unsent-rows';

export type UnsendableRow = UnsentRow & Obstacle;

/**
 * The rows that hold up the relay: those that come next in the WAL, and with `andKept` also those in the outbox, which
 * a snapshot would emit.
 */
export async function findUnsendable(
  sql: Sql,
  kafka: KafkaAdmin,
  andKept: boolean,
): Promise<UnsendableRow[]> {
  const topics = await topicLimits(kafka);
  const rows = await rowsInWal(sql);
  if (andKept) rows.push(...(await unsendableInOutbox(sql, [...topics.keys()], maxRequestBytes)));
  const found = new Map<string | null, UnsendableRow>();
  for (const row of rows) {
    const obstacle = obstacleOf(row, topics);
    if (obstacle !== null) found.set(row.id, { ...row, ...obstacle });
  }
  return [...found.values()];
}

async function topicLimits(kafka: KafkaAdmin): Promise<Map<string, number>> {
  const setting = 'max.message.bytes';
  const configs = await kafka.topicConfigs(await kafka.topics(), [setting]);
  return new Map(
    [...configs].map(([topic, config]) => [topic, Number(config.get(setting) ?? maxRequestBytes)]),
  );
}
