import type { EventRecord } from '../../src/model/record';
import { fetched, item, order, product, type TestEvent } from '../support/events';
import type { Plan } from './plan';

interface LoggedRecord {
  readonly event: TestEvent;
  readonly record: EventRecord;
}

export type Partition = readonly LoggedRecord[];

const partitionsPerTopic = 2;

/** What a plan leaves in Kafka: the partitions of both topics, each with its records in order. */
export function logOf(plan: Plan): Partition[] {
  const products = plan.products.map(({ categories }, index) =>
    categories.map((category, v) =>
      product(index + 1, category, { version: v + 1, name: `Name ${v + 1}` }),
    ),
  );
  const orders = plan.orders.map(({ customer: customerId, lines, placedAt, statuses }, index) => {
    const items = lines.map((line) => item(line.product, line.quantity, decimal(line.cents)));
    return statuses.map((status, v) =>
      order(index + 1, items, { version: v + 1, customerId, status, placedAt }),
    );
  });
  return [products, orders].flatMap((aggregates) =>
    [0, 1].map((partition) =>
      partitionOf(
        partition,
        aggregates.filter((_, index) => (index + 1) % partitionsPerTopic === partition),
        plan,
      ),
    ),
  );
}

function partitionOf(partition: number, aggregates: TestEvent[][], plan: Plan): Partition {
  const copies = aggregates.flatMap((versions) =>
    versions.flatMap((event, v) => {
      const turn = Number(event.key) * 7 + v;
      const written = plan.written[turn % plan.written.length];
      if (written === undefined) return [];
      const newest = v === versions.length - 1;
      const count = newest ? Math.max(1, written.copies) : written.copies;
      const ranked = written.ranks.slice(0, count).map((rank) => ({ rank, version: v, event }));
      const poison = { rank: 0, version: v, event: { ...event, value: event.value.slice(0, -1) } };
      return written.poisoned ? [poison, ...ranked] : ranked;
    }),
  );
  return copies
    .sort((a, b) => a.rank - b.rank || a.version - b.version)
    .map(({ event }, index) => ({
      event,
      // Every third offset is a transaction's marker.
      record: { ...fetched(event, index + Math.floor(index / 2)), partition },
    }));
}

/** Cents as the contract writes money, by text alone. */
function decimal(cents: number): string {
  const digits = String(cents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
