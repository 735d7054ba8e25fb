import type { DataSource } from 'typeorm';
import { aggregates, aggregateTypes } from 'contracts/aggregates';
import { currentVersion } from 'contracts/events';
import type { Topics } from 'contracts/topics';

/**
 * Stores which topics the rows of the outbox may name in this set-up. When a topic was renamed, the kept rows get its
 * new name, so that the whole outbox can be emitted again; that update itself relays nothing.
 *
 * @param dataSource connected as the migration role
 * @throws when a topic's name is not legal, or belongs to Kafka or Connect
 */
export async function declareTopics(dataSource: DataSource, topics: Topics): Promise<void> {
  await dataSource.transaction(async (manager) => {
    const declared = [aggregateTypes, aggregateTypes.map((type) => topics[type])];
    // Delete before inserting, so that two topics can swap names.
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

/**
 * Stores which events the contracts of this set-up know, and in which schema version. It keeps those of a newer set-up:
 * during a rollout, and after one was rolled back, services of both versions write.
 *
 * @param dataSource connected as the migration role
 */
export async function declareEvents(dataSource: DataSource): Promise<void> {
  const events = [
    ['Watermark', 'watermark'] as const,
    ...aggregateTypes.flatMap((kind) =>
      aggregates[kind].events.map((type) => [type, kind] as const),
    ),
  ];
  await dataSource.query(
    `INSERT INTO event_types AS known (type, aggregatetype, schemaversion)
     SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
     ON CONFLICT (type) DO UPDATE SET schemaversion = excluded.schemaversion
     WHERE known.schemaversion < excluded.schemaversion`,
    [
      events.map(([type]) => type),
      events.map(([, kind]) => kind),
      events.map(([type]) => currentVersion[type]),
    ],
  );
}
