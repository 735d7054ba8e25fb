import { until } from 'local/until';
import { withAdmin } from '../../../kafka-client/test/support/plain-client';
import { metric } from '../../support/converge';
import type { LocalStack } from '../../support/local-stack';
import type { FaultSystem } from '../system';
import { Violation } from '../violation';

const topics = ['product-events', 'order-events'];

/**
 * D: while nobody asks for anything, the query service and Connect are killed. The views are not written
 * once more, and no event is relayed once more.
 *
 * @throws {Violation} when a restart repeats something
 */
export async function checkRestarts(system: FaultSystem, deadlineMs: number): Promise<void> {
  const { stack } = system;
  await stack.kill('query-service');
  for (const url of system.queryServices) await until(() => expectReady(url), deadlineMs);
  const applied = await metric(stack, 'events_applied_total');
  if (applied !== 0) {
    throw new Violation('D', `a restart of the query service applied ${applied} events again`);
  }

  const ends = await highWatermarks(stack);
  const asOf = await watermark(stack);
  await stack.kill('connect');
  // A watermark from after the kill has been read: the restarted relay has relayed what there was.
  await until(async () => {
    if ((await watermark(stack)) <= asOf + 5_000) throw new Violation('E', 'no new watermark');
  }, deadlineMs);
  const endsNow = await highWatermarks(stack);
  if (ends !== endsNow) {
    throw new Violation('D', `a restart of Connect wrote to the topics: ${ends} became ${endsNow}`);
  }
}

async function expectReady(url: string): Promise<void> {
  const { status } = await fetch(`${url}/health/ready`);
  if (status !== 200) throw new Violation('E', `${url} is not ready: ${status}`);
}

async function watermark(stack: LocalStack): Promise<number> {
  const answer = await fetch(`${stack.queries}/health/ready`);
  return Date.parse(answer.headers.get('as-of') ?? '') || 0;
}

/** The high watermarks of all partitions, in one text. */
async function highWatermarks(stack: LocalStack): Promise<string> {
  return withAdmin(stack.bootstrapServers, async (admin) => {
    const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
    return ends
      .flat()
      .toSorted((a, b) => a.partition - b.partition)
      .map(({ high }) => high)
      .join(' ');
  });
}
