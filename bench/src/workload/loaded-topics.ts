import type { System } from '../system/system';
import { History, type Shape } from './history';
import { createTopics } from './topics';
import { HistoryWriter } from './write-history';

/** Topics that hold a history. */
export interface LoadedTopics {
  readonly history: History;
  /** Products and order events. */
  readonly records: number;
}

/** The sizes of the first row of the table; four fifths of the order events are new orders. */
export const shapeOf = (orderEvents: number): Shape => ({
  products: 1_000,
  hours: 48,
  ordersPerPass: Math.max(1, Math.round(orderEvents * 0.8)),
});

/** Creates the topics and writes a history of the usual shape into them. */
export async function loadTopics(system: System, orderEvents: number): Promise<LoadedTopics> {
  await createTopics(system.bootstrapServers);
  const history = new History(shapeOf(orderEvents));
  const writer = await HistoryWriter.connect(system.bootstrapServers);
  await writer.write(history.products());
  await writer.write(history.next(orderEvents));
  await writer.close();
  return { history, records: history.shape.products + orderEvents };
}
