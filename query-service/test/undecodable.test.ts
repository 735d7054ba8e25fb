import { item, order, product, type TestEvent } from './support/events';
import { topics } from './support/kafka';
import { segmentFile, spoil } from '../../kafka-client/test/support/segment';
import { useSuite } from './support/suite';

const suite = useSuite({ partitions: 1 });

const sale = (id: number): TestEvent => order(id, [item(1, 1, '5.00')]);
const place = 'order-events/0@2';
const skip = (...args: string[]) => suite.command('consumption', 'skip', ...args);

/** Everything before the batch is read, nothing behind it; the command that goes on is told. */
const halted = async (): Promise<void> => {
  await suite.notReady(/order-events\/0@2: a batch up to offset 3 cannot be decoded/);
  await suite.notReady(/npm run consumption -- skip order-events\/0@2 --why/);
  await suite.viewsState('untrusted');
  await suite.salesOf(1, 5);
};

test.each<[string, (batch: Buffer) => void, boolean]>([
  [
    'has a broken byte',
    (batch) => batch.writeUInt8(batch.readUInt8(batch.length - 3) ^ 4, batch.length - 3),
    false,
  ],
  ['has a codec that nobody knows', (batch) => batch.writeInt16BE(6, 21), true],
  ['does not hold what its codec makes', (batch) => batch.writeInt16BE(4, 21), true],
  ['holds garbage for records', (batch) => batch.fill(0xaa, 61), true],
  ['is of another format', (batch) => batch.writeInt8(3, 16), false],
])(
  'a batch that %s halts; skip goes on behind it, in doubt until compared',
  async (_, change, sealed) => {
    await suite.cluster.relay(product(1, 'A'), sale(1));
    await suite.salesOf(1, 5);
    await suite.restart(async () => {
      await suite.cluster.writeTogether(topics.order, [sale(2), sale(3)]);
      await suite.cluster.relay(sale(4));
      await spoil(segmentFile(suite.broker.data, topics.order, 0), 2, change, sealed);
    });
    await halted();
    await suite.restart();
    await halted();

    expect(await skip(place)).toMatchObject({ code: 64 });
    expect(await skip('order-events/0@3', '--why', 'x')).toMatchObject({ code: 1 });
    expect(await skip(place, '--why', 'a bad disk')).toMatchObject({ code: 0 });
    await suite.salesOf(1, 10);
    await suite.viewsState('incomplete');
    const list = await suite.command('dead-letters', 'list', '--all');
    expect(list.out).toMatch(/discarded +order-events\/0@2 .*a bad disk/);
    expect(await suite.command('dead-letters', 'show', place)).toMatchObject({
      out: expect.stringMatching(/up to offset 3 cannot be decoded/) as string,
    });

    // What it held is written again; then reading once more, and a new file, pass it as well.
    await suite.cluster.relay(sale(2), sale(3));
    await suite.salesOf(1, 20);
    expect(await suite.command('consumption', 'resume')).toMatchObject({ code: 0 });
    await suite.salesOf(1, 20);
    expect(await suite.command('consumption', 'rebuild', '--wait')).toMatchObject({ code: 0 });
    await suite.salesOf(1, 20);
    await suite.restart();
    await suite.ready();
    await suite.salesOf(1, 20);
  },
);
