import type { Sql } from 'service-kit/sql';
import type { TopicAggregates } from '../../model/aggregates';
import { changedPartitions } from '../../model/history';
import type { PartitionProgress } from '../../model/partition';
import type { Position, Sharing, Sight } from '../view-store';
import { columnsAsArrays, unnest } from './arrays';
import { sourceOf } from './source';

/** What members tell each other, in the tables of one schema. */
export class SharedProgress implements Sharing {
  constructor(
    private readonly sql: Sql,
    private readonly topics: TopicAggregates,
  ) {}

  /** One statement, and so one instant. */
  async look(): Promise<Sight> {
    const [seen] = await this.sql<Sight>({
      name: 'look-at-members',
      text: `SELECT epoch,
               (SELECT count(*) FROM dead_letter WHERE state = 'open') AS "openDeadLetters",
               (SELECT coalesce(json_agg(json_build_object('topic', topic, 'partition', partition,
                  'offset', coalesce(record_offset, -1), 'eventId', event_id, 'seq', seq)), '[]')
                FROM progress) AS progress,
               (SELECT coalesce(json_agg(json_build_object('topic', topic, 'partition', partition,
                  'offset', next_offset)), '[]') FROM position) AS positions
             FROM origin`,
    });
    if (seen === undefined) throw new Error('the views have no row that says what they are of');
    return seen;
  }

  /** A rewind that is under way raises the epoch before it deletes positions, and so after this one, or in time for it to see. */
  async report(positions: readonly Position[], epoch: number): Promise<void> {
    const types = ['bigint', 'text', 'bigint', 'bigint'] as const;
    const rows = positions
      .map((at) => [sourceOf(this.topics, at).number, at.topic, at.partition, at.offset] as const)
      // The same order by every member: none waits for another that waits for it.
      .sort(([a], [b]) => a - b);
    await this.sql({
      name: 'report-positions',
      text: `INSERT INTO position AS kept (source, topic, partition, next_offset)
             SELECT reported.* FROM ${unnest(types, 2)} AS reported, origin WHERE origin.epoch = $1
             FOR SHARE OF origin
             ON CONFLICT (source) DO UPDATE SET next_offset = excluded.next_offset
               WHERE kept.next_offset < excluded.next_offset`,
      values: [epoch, ...columnsAsArrays(rows, types)],
    });
  }

  async checkPartitions(counts: ReadonlyMap<string, number>): Promise<void> {
    const types = ['text', 'bigint'] as const;
    await this.sql({
      name: 'note-partitions',
      text: `INSERT INTO topic_partitions SELECT * FROM ${unnest(types, 1)} ON CONFLICT DO NOTHING`,
      values: columnsAsArrays([...counts], types),
    });
    const stored = await this.sql<Pick<PartitionProgress, 'topic'> & { partitions: number }>({
      name: 'read-partitions',
      text: 'SELECT topic, partitions FROM topic_partitions',
    });
    for (const { topic, partitions } of stored) {
      const found = counts.get(topic);
      if (found !== undefined && found !== partitions) {
        throw changedPartitions(topic, found, partitions);
      }
    }
  }
}
