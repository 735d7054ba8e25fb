import { Kafka, logLevel, type Admin } from 'kafkajs';
import { aggregates, aggregateTypes } from 'contracts/aggregates';
import { defaultTopics, eventTopics } from 'contracts/topics';

export const kafkaClient = (bootstrapServers: string): Kafka =>
  new Kafka({
    clientId: 'bench',
    brokers: [bootstrapServers],
    logLevel: logLevel.NOTHING,
    // A transaction that follows at once on another is told to wait until that one is written.
    retry: { initialRetryTime: 5, maxRetryTime: 100, retries: 100 },
  });

export async function withAdmin<T>(
  bootstrapServers: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = kafkaClient(bootstrapServers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The topics as the relay keeper creates them, where a benchmark runs without it. */
export function createTopics(bootstrapServers: string, suffix = ''): Promise<boolean> {
  const forEver = [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: '-1' },
    { name: 'retention.bytes', value: '-1' },
  ];
  const events = eventTopics(defaultTopics).map((topic) => ({
    topic: `${topic}${suffix}`,
    numPartitions: 6,
    configEntries: forEver,
  }));
  const watermarks = { topic: `${defaultTopics.watermark}${suffix}`, numPartitions: 1 };
  return withAdmin(bootstrapServers, (admin) =>
    admin.createTopics({ topics: [...events, watermarks], waitForLeaders: true }),
  );
}

/** The variables that make a query service read topics with this suffix. */
export const topicVariables = (suffix: string): Record<string, string> => ({
  ...Object.fromEntries(
    aggregateTypes.map((type) => [
      aggregates[type].topicVariable,
      `${aggregates[type].topic}${suffix}`,
    ]),
  ),
  WATERMARK_TOPIC: `${defaultTopics.watermark}${suffix}`,
});

/** How many records of orders have been written, transaction markers included. */
export const orderEventsIn = (bootstrapServers: string): Promise<number> =>
  withAdmin(bootstrapServers, writtenOrderEvents);

/** As `orderEventsIn`, by a client that is connected already. */
export async function writtenOrderEvents(admin: Admin): Promise<number> {
  const partitions = await admin.fetchTopicOffsets(defaultTopics.order);
  return partitions.reduce((sum, { high }) => sum + Number(high), 0);
}
