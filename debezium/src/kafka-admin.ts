import { type Admin, Kafka, logLevel } from 'kafkajs';

/** Uses one admin connection for as long as it works. */
export class KafkaAdmin {
  private admin: Admin | undefined;
  private readonly kafka: Kafka;

  constructor(brokers: string[]) {
    this.kafka = new Kafka({
      clientId: 'relay-keeper',
      brokers,
      connectionTimeout: 2_000,
      requestTimeout: 3_000,
      // The reconcile loop is the retry, and it says what is wrong once.
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING,
    });
  }

  /**
   * Runs a request. After an error the next one starts from a new connection: kafkajs keeps asking
   * for the metadata of every topic that it has ever seen, and fails for ever once one is deleted.
   */
  async with<T>(request: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.admin ?? this.kafka.admin();
    try {
      if (this.admin === undefined) await admin.connect();
      this.admin = admin;
      return await request(admin);
    } catch (error) {
      this.admin = undefined;
      await admin.disconnect();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.admin?.disconnect();
    this.admin = undefined;
  }
}
