import { Kafka, logLevel } from 'kafkajs';
import { until } from 'local/until';
import type { Batch } from './batch-points';
import type { CommandService, QueryService, Servers } from './servers';
import { viewsState } from './views-state';

const deadlineMs = 90_000;

/** The events that make all replicas apply a batch of one record. */
export class BatchEvents {
  private customers = 0;

  constructor(
    private readonly servers: Servers,
    private readonly replicas: readonly QueryService[],
    private readonly commands: CommandService,
  ) {}

  /** @returns sends the one event that all replicas get */
  async prepare(batch: Batch): Promise<() => Promise<void>> {
    switch (batch) {
      case 'order':
        return () => this.send('POST', '/api/orders', this.newOrder());
      case 'product':
        return () => {
          const product = { name: 'Lamp', category: `Lamps ${++this.customers}`, price: 1 };
          return this.send('POST', '/api/products', product);
        };
      case 'version gap': {
        await this.send('POST', '/api/orders', this.newOrder());
        const [newest] = await this.servers.sql<{ id: string }>(
          // As if an event of this version had been lost.
          `UPDATE orders SET version = version + 1 WHERE id = (SELECT max(id) FROM orders)
           RETURNING id::text`,
        );
        await this.untilRead();
        return () => this.send('PUT', `/api/orders/${newest?.id}/status`, { status: 'SHIPPED' });
      }
      case 'unreadable record':
        return () => this.writeUnreadable();
    }
  }

  private newOrder() {
    const items = [{ productId: 1, quantity: 2, price: 1.25 }];
    return { customerId: ++this.customers, items };
  }

  /** The order of version 1 is read by all; that PostgreSQL says 2 is the gap to come. */
  private async untilRead(): Promise<void> {
    for (const { folder } of this.replicas) {
      const [{ count } = { count: '0' }] = await this.servers.sql<{ count: string }>(
        'SELECT count(*) FROM orders',
      );
      await until(async () => {
        const orders = (await viewsState(folder)).match(/"what":"order"/g) ?? [];
        if (orders.length < Number(count)) throw new Error(`${folder} has not read the order yet`);
      }, deadlineMs);
    }
  }

  private async send(method: string, path: string, body: unknown): Promise<void> {
    const { ok, status } = await fetch(this.commands.url + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!ok) throw new Error(`${method} ${path}: ${status}`);
  }

  private async writeUnreadable(): Promise<void> {
    const brokers = [this.servers.broker.bootstrapServers];
    const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    try {
      const messages = [{ partition: 0, value: 'no event' }];
      await producer.send({ topic: 'order-events', messages });
    } finally {
      await producer.disconnect();
    }
  }
}
