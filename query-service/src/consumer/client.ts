import { randomUUID } from 'node:crypto';
import type { Topics } from 'contracts/topics';
import type { Admin, Consumer } from 'kafkajs';
import type { KafkaConnection } from 'kafka-client/connection';
import { handOverUndecodable } from 'kafka-client/fetch-response';
import { adminOfHighWatermarks } from 'kafka-client/high-watermarks';
import { createKafka } from 'kafka-client/kafka';
import { kafkaLog } from 'kafka-client/kafka-log';
import type { Logger } from 'service-kit/logger';
import { HistoryFault } from '../model/history';

export interface KafkaSettings extends KafkaConnection {
  /** What the names of consumer groups begin with; members that share views are in the one of this name. */
  readonly groupId: string;
  readonly topics: Topics;
  readonly watermarkTopic: string;
  /** The most bytes of a partition per fetch. More bytes cost less per event, but block the event loop for longer. */
  readonly maxBytesPerPartition?: number;
}

/** Some hundred records: more would not be cheaper per record, and would take more memory. */
const defaultBytesPerPartition = 1 << 19;

/** How many full partitions one fetch brings at most, to limit the memory. */
const partitionsPerFetch = 8;

/** Kafka's default minimum (`group.min.session.timeout.ms`). */
const sessionTimeoutMs = 6_000;

/** How long it may take until added partitions are noticed and the group is joined anew. */
const metadataMaxAgeMs = 2_000;

/**
 * kafkajs as this service needs it, not connected yet.
 *
 * @param isMember whether others are in its group, which has no random name then
 * @param onOutOfRange called when a partition does not hold the offset that is read next. Reading does
 *   not go on anywhere else
 * @param mayRestart whether kafkajs may start again after a failure
 */
export function createClient(
  settings: KafkaSettings,
  isMember: boolean,
  logger: Logger,
  onOutOfRange: (fault: HistoryFault) => void,
  mayRestart: () => boolean,
): { admin: Admin; consumer: Consumer } {
  handOverUndecodable();
  const kafka = createKafka(settings, {
    clientId: settings.groupId,
    logCreator: kafkaLog(logger, (topic, partition) => {
      // Only the newest watermark counts, so reading may go on anywhere.
      if (topic === settings.watermarkTopic) return;
      const fault = new HistoryFault(`${topic}/${partition} does not hold the next offset`);
      onOutOfRange(fault);
      throw fault;
    }),
  });
  const { maxBytesPerPartition = defaultBytesPerPartition } = settings;
  const consumer = kafka.consumer({
    // Who reads everything has a group of its own for each start: in the same one it would wait until the session of a killed
    // predecessor has timed out. Nothing depends on the group, nothing is committed to it, and the broker forgets it when it is empty.
    groupId: isMember ? settings.groupId : `${settings.groupId}-${randomUUID()}`,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    maxBytesPerPartition,
    maxBytes: partitionsPerFetch * maxBytesPerPartition,
    maxWaitTimeInMs: 500,
    metadataMaxAge: metadataMaxAgeMs,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: sessionTimeoutMs / 4,
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 2_000,
      // A broker that is away comes back; another history does not.
      restartOnFailure: () => Promise.resolve(mayRestart()),
    },
  });
  return { admin: adminOfHighWatermarks(kafka), consumer };
}
