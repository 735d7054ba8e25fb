import { type Admin, Kafka, logLevel, type Message, Partitioners } from 'kafkajs';

function client(brokers: string): Kafka {
  return new Kafka({ clientId: 'fault-suite', brokers: [brokers], logLevel: logLevel.NOTHING });
}

/** Writes records as any program could that may write to the topic. @returns their names, `topic/0@17` */
export async function produce(
  brokers: string,
  topic: string,
  messages: readonly Message[],
): Promise<string[]> {
  const producer = client(brokers).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    const names: string[] = [];
    for (const message of messages) {
      const [written] = await producer.send({ topic, messages: [message] });
      names.push(`${topic}/${written?.partition}@${written?.baseOffset}`);
    }
    return names;
  } finally {
    await producer.disconnect();
  }
}

export async function withAdmin<T>(
  brokers: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = client(brokers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
