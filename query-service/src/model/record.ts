import type { readHeaders } from 'contracts/headers';
import type { UndecodableBatch } from 'kafka-client/fetch-response';

/** The place of a record. Offsets are safe integers. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record's name, as people read and write it: `order-events/3@17`. */
export const recordName = ({ topic, partition, offset }: RecordPlace): string =>
  `${topic}/${partition}@${offset}`;

/** A Kafka record in this service. */
export interface EventRecord extends RecordPlace {
  readonly key: string | null;
  readonly headers: Parameters<typeof readHeaders>[0];
  readonly value: Buffer | null;
  /** When the relay made it, ms since 1970 as text; not known for a parked record that is read again. */
  readonly timestamp?: string;
  /** Set when it stands for a whole batch: its offset is then the batch's last. */
  readonly undecodable?: UndecodableBatch;
}
