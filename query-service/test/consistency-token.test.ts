import { VersionWaiters } from '../src/consistency/version-waiters';
import { readWait } from '../src/consistency/prefer';
import { readTokens, type Token } from '../src/consistency/token';
import { nothingApplied } from './support/changes';

describe('Consistency-Token', () => {
  test('is one token, or several joined by commas', () => {
    expect(readTokens('order:17@2')).toEqual([{ type: 'order', id: 17, version: 2 }]);
    expect(readTokens('order:17@2,product:999999999999999@1 , order:1@1')).toHaveLength(3);
  });

  test.each([
    'order:17',
    'order:17@0',
    'order:017@1',
    'order:17@2,',
    'customer:1@1',
    'order:-1@1',
    'order:1000000000000000@1',
    'ORDER:1@1',
    "order:1@1' OR 1",
    Array(21).fill('order:1@1').join(','),
  ])('%.40s is refused', (header) => {
    expect(() => readTokens(header)).toThrow(/^400 Consistency-Token must be/);
  });
});

test.each<[string, number | null]>([
  ['wait=2', 2],
  ['respond-async, Wait = "3"; foo=bar', 3],
  ['wait=0', 0],
  ['wait=4, wait=9', 4],
  ['wait=3600', 10],
  ['wait=1.5', null],
  ['wait', null],
  ['return=minimal', null],
  ['', null],
])('Prefer: %s waits %s seconds', (header, seconds) => {
  expect(readWait(header)).toBe(seconds);
});

describe('who waits', () => {
  const order: Token = { type: 'order', id: 17, version: 1 };

  /** Starts to wait; `looks` counts how often it looked, and it is over when `shown` is true. */
  function waitFor(waiters: VersionWaiters, tokens: readonly Token[] = [order]) {
    const client = new AbortController();
    const state = { looks: 0, shown: false };
    const over = waiters.wait(
      tokens,
      () => Promise.resolve((state.looks++, state.shown)),
      client.signal,
    );
    return { state, over, client };
  }

  test('looks again at what concerns it, and at nothing else', async () => {
    const waiters = new VersionWaiters();
    const { state, over } = waitFor(waiters);
    waiters.applied({ ...nothingApplied, orders: new Map([[18, 1]]) });
    await settled();
    expect(state.looks).toBe(1);
    waiters.applied({ ...nothingApplied, orders: new Map([[17, 1]]) });
    await settled();
    expect(state.looks).toBe(2);
    waiters.applied({ ...nothingApplied, products: new Map([[5, 1]]) });
    await settled();
    expect(state.looks).toBe(3);
    state.shown = true;
    waiters.changed();
    await over;
    expect(waiters.count).toBe(0);
  });

  test('misses nothing that arrives while it looks', async () => {
    const waiters = new VersionWaiters();
    let looks = 0;
    await waiters.wait(
      [order],
      () => {
        // It comes to be applied behind this look's back.
        if (looks === 0) waiters.applied({ ...nothingApplied, orders: new Map([[17, 1]]) });
        return Promise.resolve(looks++ > 0);
      },
      new AbortController().signal,
    );
    expect(looks).toBe(2);
  });

  test('is forgotten when its client hangs up, when its look fails, and when the process stops', async () => {
    const waiters = new VersionWaiters();
    const dropped = waitFor(waiters);
    dropped.client.abort();
    await dropped.over;
    const failing = waiters.wait(
      [order],
      () => Promise.reject(new Error('no file')),
      new AbortController().signal,
    );
    await expect(failing).rejects.toThrow('no file');
    const last = waitFor(waiters);
    expect(waiters.count).toBe(1);
    waiters.end();
    await last.over;
    expect(waiters.count).toBe(0);
  });
});

/** What was woken has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
