import type { FaultSystem } from './system';
import { Violation } from './violation';
import type { KnownOrder } from './workload/ledger';

/** What a new order needs to be shown. A watermark ahead of the query service's clock is refused. */
export const neededToShow = [
  ...['command-service', 'postgres', 'connector', 'connect', 'kafka', 'relay-keeper'],
  ...['query-service', 'clock of postgres', 'clock of query-service'],
];

/** @throws {Violation} as long as answers do not include the order, which has been acknowledged */
export async function shown(
  { stack, databaseClock }: FaultSystem,
  { id, acknowledgedAt = Infinity }: KnownOrder,
): Promise<void> {
  const asOf = (await fetch(`${stack.queries}/health/ready`)).headers.get('as-of');
  if (databaseClock.inOurTime(Date.parse(asOf ?? '')) > acknowledgedAt) return;
  throw new Violation('E', `order ${id} is not shown: answers are as of ${asOf}`);
}
