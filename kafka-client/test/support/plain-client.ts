import { type Admin, Kafka, logLevel } from 'kafkajs';

/** A client as any other program has one: what ours does to kafkajs does not show in it. */
export const plainClient = (bootstrapServers: string): Kafka =>
  new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING });

/** Asks or changes the cluster on a connection of its own. */
export async function withAdmin<T>(
  bootstrapServers: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = plainClient(bootstrapServers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
