import { QuerySnapshot } from 'reconcile/snapshots/query-snapshot';
import type { Stack } from '../support/stack';

/** The last record that the views have of each partition, by `topic/partition`. */
export async function positions(stack: Stack): Promise<Map<string, number>> {
  const snapshot = await QuerySnapshot.open({ url: stack.queryAdmin });
  snapshot.close();
  return new Map(
    snapshot.header.positions.map(({ topic, partition, offset }) => [
      `${topic}/${partition}`,
      offset,
    ]),
  );
}
