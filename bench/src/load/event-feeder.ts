import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../system/child';
import { History, type Shape } from '../workload/history';
import { HistoryWriter } from '../workload/write-history';

export interface FeederInput {
  readonly bootstrapServers: string;
  readonly shape: Shape;
  /** How many order events of the history stand in the topic already. */
  readonly written: number;
  readonly eventsPerSecond: number;
}

export interface FeederOutput {
  /** Order events that it has added. */
  readonly added: number;
}

/** One transaction each time, as the relay makes one of what it finds. */
const everyMs = 25;

/** Goes on with a history at a fixed rate until it is told to stop. */
serve(async (input: FeederInput, stop): Promise<FeederOutput> => {
  const history = new History(input.shape);
  for (const product of history.products()) void product;
  for (const event of history.next(input.written)) void event;
  const writer = await HistoryWriter.connect(input.bootstrapServers);
  const startedAt = performance.now();
  let added = 0;
  while (!stop.aborted) {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * input.eventsPerSecond);
    if (due > added) await writer.write(history.next(due - added));
    added = Math.max(added, due);
    await sleep(everyMs);
  }
  await writer.close();
  return { added };
});
