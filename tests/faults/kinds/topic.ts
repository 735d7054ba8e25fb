import { until } from 'local/until';
import type { Fault, Scene } from '../fault';
import { withAdmin } from '../kafka';
import { npmRun, operate } from '../operator';
import { familyOf, signalAll } from '../processes';

const deadlineMs = 120_000;
const topic = 'order-events';
/** Orders whose events are surely lost. */
const unread = 3;

export const topicFaults: Fault[] = [
  {
    // With orders that are in it and that nobody has read. docs/broken-history.md: the keeper creates it again,
    // `resume`; what is missing is written again, and until then no answer may call itself current.
    name: 'topic: deleted',
    disturbs: ['events', 'connector'],
    needs: ['kafka', 'query-service', 'command-service', 'postgres', 'connect', 'relay-keeper'],
    inject: async (scene) => {
      const { stack } = scene.system;
      const reader = familyOf(await until(() => stack.runningPid('query-service'), deadlineMs));
      signalAll(reader, 'SIGSTOP');
      try {
        const before = await recordsIn(scene);
        for (let i = 0; i < unread; i++) await scene.workload.placeOrderNow(deadlineMs);
        await until(async () => {
          if ((await recordsIn(scene)) < before + unread) throw new Error('not relayed yet');
        }, deadlineMs);
        await until(
          () =>
            withAdmin(stack.bootstrapServers, (admin) => admin.deleteTopics({ topics: [topic] })),
          deadlineMs,
        );
      } finally {
        signalAll(reader, 'SIGCONT');
      }
      return {
        happened: async () => {
          const { reasons } = (await (await fetch(`${stack.queries}/health/ready`)).json()) as {
            reasons: string[];
          };
          const reason = reasons.find((text) => text.includes('consumption has halted'));
          if (reason === undefined) throw new Error(`it reads on: ${reasons.join('; ')}`);
          return reason;
        },
        repair: () => repair(scene),
      };
    },
  },
];

/** And transaction markers. */
async function recordsIn({ system: { stack } }: Scene): Promise<number> {
  const ends = await withAdmin(stack.bootstrapServers, (admin) => admin.fetchTopicOffsets(topic));
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
}

async function repair({ system }: Scene): Promise<void> {
  const { stack } = system;
  await until(async () => {
    const topics = await withAdmin(stack.bootstrapServers, (admin) => admin.listTopics());
    if (!topics.includes(topic)) throw new Error(`the keeper has not created ${topic} again`);
  }, deadlineMs);
  await operate(system, 'consumption', '--', 'resume');
  await until(async () => {
    const { code, output } = await npmRun(system, [
      'reconcile',
      '--',
      '--json',
      '--deadline',
      '20',
    ]);
    if (code === 0) return;
    const { listed } = JSON.parse(output.slice(output.indexOf('{'))) as {
      listed: { key: string }[];
    };
    const aggregates = listed
      .map(({ key }) => key)
      .filter((key) => /^(order|product):\d+$/.test(key));
    for (let at = 0; at < aggregates.length; at += 100) {
      await operate(system, 'reemit', '--', ...aggregates.slice(at, at + 100));
    }
    throw new Error(`${aggregates.length} aggregates were written again`);
  }, deadlineMs);
}
