import { Partitioners } from 'kafkajs';

/** The partition of a key by Kafka's default partitioner (murmur2), which the relay uses. */
export function partitionOf(key: string, partitionCount: number): number {
  return choose({
    topic: '',
    partitionMetadata: Array.from({ length: partitionCount }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    })),
    message: { key: Buffer.from(key), value: null },
  });
}

const choose = Partitioners.DefaultPartitioner();
