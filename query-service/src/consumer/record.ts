import type { EachBatchPayload } from 'kafkajs';
import { undecodableOf } from 'kafka-client/fetch-response';
import type { EventRecord } from '../model/record';

type Batch = EachBatchPayload['batch'];

/** A fetched message as this service handles it. */
export function toRecord(batch: Batch, message: Batch['messages'][number]): EventRecord {
  const undecodable = undecodableOf(message);
  return {
    topic: batch.topic,
    partition: batch.partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? null,
    headers: message.headers ?? {},
    value: message.value,
    timestamp: message.timestamp,
    ...(undecodable && { undecodable }),
  };
}
