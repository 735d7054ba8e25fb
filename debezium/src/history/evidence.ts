import { aggregateOf, aggregates, type AggregateType } from 'contracts/aggregates';
import type { KafkaConnection } from 'kafka-client/connection';
import type { KafkaAdmin } from 'kafka-client/kafka-admin';
import { type KafkaRecord, type OffsetRange, readRanges } from 'kafka-client/read-ranges';
import { type Login, withClient } from 'service-kit/postgres';
import { type Sql, sqlOn } from 'service-kit/sql';
import type { ConnectRest } from '../connect-rest';
import { connectorName } from '../connector';
import { relayedHeaders } from '../relayed-headers';
import { findIdleSlotEnd } from '../slot';
import { type Evidence, type Lsn, parseTimelines, type RelayedLast } from './judge';
import type { FoundHistory } from './find-history';

/** Of each partition so many offsets are looked at, or all, where none of them is an event. */
const tailOffsets = 200;

export interface EvidenceSources {
  readonly sql: Sql;
  /** The relay's role: it may ask for timelines. */
  readonly relay: Login;
  /** The auditor's role: it may read aggregates. */
  readonly audit: Login;
  readonly connect: ConnectRest;
  readonly kafka: KafkaAdmin;
  readonly connection: KafkaConnection;
  /** Those of events. */
  readonly topics: readonly string[];
}

/** All that there is to judge by. The connector stands still. @throws what a neighbour answered */
export async function gatherEvidence(
  { present, accepted, end }: FoundHistory,
  sources: EvidenceSources,
): Promise<Evidence> {
  const { sql, relay, connect } = sources;
  // In this order: what Kafka holds by now was in PostgreSQL before, or is lost.
  const position = await connect.positionOf(connectorName);
  const relayed = await readLast(sources);
  return {
    present,
    accepted,
    switches:
      present.timeline > 1 ? await readTimelines(relay, present.timeline) : new Map<number, Lsn>(),
    end,
    position,
    last: await lookUp(relayed, sources),
    slotConfirmed: await findIdleSlotEnd(sql),
  };
}

const timeouts = { connectTimeoutMs: 2_000, queryTimeoutMs: 4_000 };

function readTimelines(relay: Login, timeline: number): Promise<Map<number, Lsn>> {
  const session = {
    applicationName: 'relay-keeper timelines',
    ...timeouts,
    replication: true,
  };
  return withClient(relay, session, async (client) => {
    // eslint-disable-next-line no-restricted-syntax -- a command of the replication protocol: it cannot be prepared
    const { rows } = await client.query<{ content: Buffer | string }>(
      `TIMELINE_HISTORY ${timeline}`,
    );
    return parseTimelines(String(rows[0]?.content ?? ''));
  });
}

interface Relayed {
  readonly id: string;
  readonly type: AggregateType;
  readonly aggregateId: string;
  readonly version: number;
  readonly sourceId: string;
}

async function readLast({ kafka, connection, topics }: EvidenceSources): Promise<Relayed[]> {
  const there = new Set(await kafka.topics());
  const found: Relayed[] = [];
  for (const topic of topics.filter((name) => there.has(name))) {
    const partitions = await kafka.offsetRanges([topic]);
    const byPartition = new Map<number, Relayed[]>();
    const read = async (tails: ReadonlyMap<number, OffsetRange>): Promise<void> => {
      const receive = (partition: number, records: KafkaRecord[]): void => {
        const events = [...(byPartition.get(partition) ?? []), ...records.flatMap(eventOf)];
        byPartition.set(partition, events.slice(-tailOffsets));
      };
      await readRanges(connection, { clientId: 'history-judge', topic, ranges: tails, receive });
    };
    await read(
      new Map(
        partitions.map(({ partition, low, high }) => [
          partition,
          { from: Math.max(Number(low), Number(high) - tailOffsets), to: Number(high) },
        ]),
      ),
    );
    // Only markers, or what somebody else has written.
    const silent = partitions.filter(
      ({ partition, low, high }) =>
        !byPartition.get(partition)?.length && Number(high) - Number(low) > tailOffsets,
    );
    await read(
      new Map(
        silent.map(({ partition, low, high }) => [
          partition,
          { from: Number(low), to: Number(high) },
        ]),
      ),
    );
    found.push(...[...byPartition.values()].flat());
  }
  return found;
}

/** None when the relay cannot have written this record. */
function eventOf(record: KafkaRecord): Relayed[] {
  const headers = relayedHeaders(record);
  if (headers === null) return [];
  const { id, eventType, aggregateVersion: version, sourceId } = headers;
  const type = aggregateOf(eventType);
  const aggregateId = record.key?.toString() ?? '';
  if (type === undefined || !/^\d{1,18}$/.test(aggregateId)) return [];
  return [{ id, type, aggregateId, version, sourceId }];
}

/** What PostgreSQL has of these events. */
async function lookUp(relayed: Relayed[], { sql, audit }: EvidenceSources): Promise<RelayedLast[]> {
  if (relayed.length === 0) return [];
  const rows = await sql<{ id: string }>({
    name: 'find-relayed-rows',
    text: 'SELECT id FROM public.outbox WHERE id = ANY ($1::uuid[])',
    values: [relayed.map(({ id }) => id)],
  });
  const kept = new Set(rows.map(({ id }) => id));
  const session = { applicationName: 'relay-keeper evidence', ...timeouts };
  return withClient(audit, session, async (client) => {
    const ask = sqlOn(client);
    const [source] = await ask<{ source_id: string }>({
      name: 'find-source-id',
      text: 'SELECT source_id FROM public.source',
    });
    const versions = new Map<string, number>();
    for (const type of new Set(relayed.map((event) => event.type))) {
      const ids = relayed.filter((event) => event.type === type).map((event) => event.aggregateId);
      const found = await ask<{ id: string; version: number }>({
        name: `find-versions-of-${type}`,
        text: `SELECT id::text, version FROM public.${aggregates[type].table} WHERE id = ANY ($1::bigint[])`,
        values: [ids],
      });
      for (const { id, version } of found) versions.set(`${type}:${id}`, version);
    }
    return relayed.map(({ id, type, aggregateId, version, sourceId }) => ({
      id,
      name: `${type}:${aggregateId}@${version}`,
      version,
      isOfThisSource: sourceId === source?.source_id,
      isInOutbox: kept.has(id),
      storedVersion: versions.get(`${type}:${aggregateId}`) ?? null,
    }));
  });
}
