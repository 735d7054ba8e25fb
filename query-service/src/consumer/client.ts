import { Kafka, type Admin, type Consumer } from 'kafkajs';
import type { Logger } from 'service-kit/logger';
import { HistoryFault } from '../apply/history';
import { kafkaLog } from './kafka-log';

export interface KafkaSettings {
  readonly brokers: string[];
  /** The consumer group, unless a killed member is still in it (`freeGroup`). */
  readonly groupId: string;
  readonly eventTopics: readonly string[];
  readonly watermarkTopic: string;
  /** Of one fetch. A bigger one costs less per event, and holds up everything else for longer. */
  readonly maxBytesPerPartition?: number;
}

/** Some hundred records: more of them at once cost as much each, and more memory. */
const defaultBytesPerPartition = 1 << 19;

/** A fetch brings at most so many partitions' worth: memory is bounded by it. */
const partitionsPerFetch = 8;

/** The broker's lowest by default. */
const sessionTimeoutMs = 6_000;

/**
 * kafkajs as this service needs it, not connected yet.
 *
 * @param onOutOfRange called when a partition does not hold the offset that is read next. Reading does
 *   not go on anywhere else
 * @param mayRestart whether kafkajs may start again after a failure
 */
export function createClient(
  settings: KafkaSettings,
  logger: Logger,
  onOutOfRange: (fault: HistoryFault) => void,
  mayRestart: () => boolean,
): { admin: Admin; createConsumer: (groupId: string) => Consumer } {
  const kafka = new Kafka({
    clientId: settings.groupId,
    brokers: settings.brokers,
    logCreator: kafkaLog(logger, (topic, partition) => {
      // Of watermarks only the newest counts: any place to read on from is right.
      if (topic === settings.watermarkTopic) return;
      const fault = new HistoryFault(`${topic}/${partition} does not hold the next offset`);
      onOutOfRange(fault);
      throw fault;
    }),
  });
  const { maxBytesPerPartition = defaultBytesPerPartition } = settings;
  const createConsumer = (groupId: string): Consumer =>
    kafka.consumer({
      groupId,
      readUncommitted: false,
      allowAutoTopicCreation: false,
      maxBytesPerPartition,
      maxBytes: partitionsPerFetch * maxBytesPerPartition,
      maxWaitTimeInMs: 500,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: sessionTimeoutMs / 4,
      retry: {
        initialRetryTime: 100,
        maxRetryTime: 2_000,
        // A broker that is away comes back; another history does not.
        restartOnFailure: () => Promise.resolve(mayRestart()),
      },
    });
  return { admin: kafka.admin(), createConsumer };
}
