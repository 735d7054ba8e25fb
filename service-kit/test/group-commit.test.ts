import { GroupCommit } from '../src/group-commit';
import { Lanes } from '../src/lanes';
import { SerialQueue } from '../src/serial-queue';

/** A place to write to, where each group stays until it is told to go on. */
function slowWrites(lanes: number, most?: number) {
  const written: number[][] = [];
  const resume: (() => void)[] = [];
  const groups = new GroupCommit<number, string>({
    queue: lanes === 1 ? new SerialQueue() : new Lanes(lanes),
    ...(most !== undefined && { most }),
    write: async (items) => {
      written.push([...items]);
      await new Promise<void>((resolve) => resume.push(resolve));
      return items.map((item) => (item < 0 ? Promise.reject(new Error('below 0')) : `${item}!`));
    },
  });
  return { groups, written, resume: () => resume.splice(0).forEach((go) => go()) };
}

const turn = () => new Promise(setImmediate);

test.each([1, 2, 3])(
  'what comes while %i groups are written is one group, and each item gets its own result',
  async (lanes) => {
    const { groups, written, resume } = slowWrites(lanes);
    const alone = [];
    for (let item = 0; item < lanes; item++) {
      alone.push(groups.add(item, 1));
      await turn();
    }
    const together = [10, 11, 12].map((item) => groups.add(item, 1));
    await turn();
    const first = alone.map((_, item) => [item]);
    expect(written).toEqual(first);
    resume();
    await turn();
    expect(written).toEqual([...first, [10, 11, 12]]);
    resume();
    expect(await Promise.all([...alone, ...together])).toEqual(
      [...first.flat(), 10, 11, 12].map((item) => `${item}!`),
    );
  },
);

test('an item may fail by itself', async () => {
  const { groups, resume } = slowWrites(1);
  const items = [1, -1, 2].map((item) => groups.add(item, 1));
  await turn();
  resume();
  expect((await Promise.allSettled(items)).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
});

test('a group of the largest size takes no more: what comes then is the next one’s', async () => {
  const { groups, written, resume } = slowWrites(1, 4);
  const all = [groups.add(0, 1)];
  await turn();
  all.push(...[1, 2, 3, 4, 5].map((item) => groups.add(item, 2)));
  for (let i = 0; i < 4; i++) {
    resume();
    await turn();
  }
  expect(written).toEqual([[0], [1, 2], [3, 4], [5]]);
  await Promise.all(all);
});

test('what waits is refused, whichever group it is in; what comes later is written', async () => {
  const { groups, written, resume } = slowWrites(1, 2);
  const first = groups.add(0, 1);
  await turn();
  const waiting = [1, 2, 3].map((item) => groups.add(item, 1));
  groups.refuse(new Error('no more'));
  const later = groups.add(9, 1);
  const refused = Promise.allSettled(waiting);
  resume();
  await turn();
  resume();
  expect(await first).toBe('0!');
  expect(await later).toBe('9!');
  expect((await refused).every(({ status }) => status === 'rejected')).toBe(true);
  expect(written).toEqual([[0], [9]]);
});

test('there is room until what waits has the size, and again when it is being written', async () => {
  let room = false;
  const groups = new GroupCommit<number>({
    queue: new SerialQueue(),
    write: async (items, onWriting) => {
      onWriting();
      await turn();
      return items.map(() => undefined);
    },
  });
  const all = [groups.add(0, 1)];
  await groups.hasRoom(2);
  all.push(groups.add(1, 2));
  void groups.hasRoom(2).then(() => (room = true));
  await Promise.resolve();
  expect(room).toBe(false);
  await all[0];
  await turn();
  expect(room).toBe(true);
  await Promise.all(all);
});
