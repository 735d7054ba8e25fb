import { plainClient } from '../../kafka-client/test/support/plain-client';
import type { Batch } from './batch-points';
import type { CommandService, Servers } from './servers';

/** The events that make all replicas apply a batch of one record. */
export class BatchEvents {
  private customers = 0;

  constructor(
    private readonly servers: Servers,
    private readonly commands: CommandService,
  ) {}

  /** @returns sends the one event that all replicas get */
  prepare(batch: Batch): () => Promise<void> {
    switch (batch) {
      case 'order':
        return () => this.send('POST', '/api/orders', this.newOrder());
      case 'product':
        return () => {
          const product = { name: 'Lamp', category: `Lamps ${++this.customers}`, price: 1 };
          return this.send('POST', '/api/products', product);
        };
      case 'unreadable record':
        return () => this.writeUnreadable();
    }
  }

  private newOrder() {
    const items = [{ productId: 1, quantity: 2, price: 1.25 }];
    return { customerId: ++this.customers, items };
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
    const producer = plainClient(this.servers.broker.bootstrapServers).producer();
    await producer.connect();
    try {
      const messages = [{ partition: 0, value: 'no event' }];
      await producer.send({ topic: 'order-events', messages });
    } finally {
      await producer.disconnect();
    }
  }
}
