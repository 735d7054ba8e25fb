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
export function loadTopics(system: System, orderEvents: number): Promise<LoadedTopics> {
  return loadTopicsWith(system, shapeOf(orderEvents), orderEvents);
}

/** Larger sends, for a history that is only there to have been applied. */
const manyPerSend = 2_000;

/** The same for any shape, quickly: how its records are batched is not what is measured. */
export function loadTopicsQuickly(
  system: System,
  shape: Shape,
  orderEvents: number,
  suffix = '',
): Promise<LoadedTopics> {
  return loadTopicsWith(system, shape, orderEvents, manyPerSend, suffix);
}

async function loadTopicsWith(
  system: System,
  shape: Shape,
  orderEvents: number,
  perSend?: number,
  suffix = '',
): Promise<LoadedTopics> {
  await createTopics(system.bootstrapServers, suffix);
  const history = new History(shape);
  const writer = await HistoryWriter.connect(system.bootstrapServers, suffix);
  await writer.write(history.products(), perSend);
  await writer.write(history.next(orderEvents), perSend);
  await writer.close();
  return { history, records: history.shape.products + orderEvents };
}
