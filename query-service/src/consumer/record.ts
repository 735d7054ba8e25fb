import type { EachBatchPayload } from 'kafkajs';
import type { EventRecord } from '../apply/event';

type Batch = EachBatchPayload['batch'];

/** A fetched message as this service handles it. */
export function toRecord(batch: Batch, message: Batch['messages'][number]): EventRecord {
  return {
    topic: batch.topic,
    partition: batch.partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? null,
    headers: message.headers ?? {},
    value: message.value,
    timestamp: message.timestamp,
  };
}
