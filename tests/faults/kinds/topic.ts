import { until } from 'local/until';
import type { Fault, Scene } from '../fault';
import { withAdmin } from '../kafka';
import { npmRun, operate } from '../operator';

const deadlineMs = 120_000;
const topic = 'order-events';

export const topicFaults: Fault[] = [
  {
    // docs/broken-history.md: the keeper creates it again, `resume`; what nobody had read is written again.
    name: 'topic: deleted',
    disturbs: ['events', 'connector'],
    needs: ['kafka', 'query-service', 'command-service', 'postgres', 'connect', 'relay-keeper'],
    losesUnread: true,
    inject: async (scene) => {
      const { stack } = scene.system;
      await until(
        () => withAdmin(stack.bootstrapServers, (admin) => admin.deleteTopics({ topics: [topic] })),
        deadlineMs,
      );
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
