import type { DataSource } from 'typeorm';
import { aggregateTypes } from 'contracts/aggregates';
import type { Topics } from 'contracts/topics';

/**
 * Writes down which topics rows of the outbox may name, as this set-up has them. Where one was renamed, the rows that are kept
 * follow it, so that the whole outbox can be emitted again; none of that is relayed by itself.
 *
 * @param dataSource connected as the migration role
 * @throws when a topic's name is not legal, or belongs to Kafka or Connect
 */
export async function declareTopics(dataSource: DataSource, topics: Topics): Promise<void> {
  await dataSource.transaction(async (manager) => {
    const declared = [aggregateTypes, aggregateTypes.map((type) => topics[type])];
    // First, so that two may change places.
    await manager.query(
      `DELETE FROM outbox_topics
       USING unnest($1::text[], $2::text[]) AS declared (aggregatetype, topic)
       WHERE outbox_topics.aggregatetype = declared.aggregatetype AND outbox_topics.topic <> declared.topic`,
      declared,
    );
    const added = await manager.query<unknown[]>(
      `INSERT INTO outbox_topics (aggregatetype, topic)
       SELECT * FROM unnest($1::text[], $2::text[])
       ON CONFLICT (aggregatetype) DO NOTHING
       RETURNING topic`,
      declared,
    );
    if (added.length === 0) return;
    await manager.query(
      `UPDATE outbox SET topic = allowed.topic
       FROM outbox_topics AS allowed
       WHERE allowed.aggregatetype = outbox.aggregatetype AND allowed.topic <> outbox.topic`,
    );
  });
}
