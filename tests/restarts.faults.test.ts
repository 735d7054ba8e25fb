import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { Shop } from './support/shop';

const starts = 10;
const busyLoops = 3;
const readyWithinSeconds = 20;

jest.setTimeout(900_000);

let stack: LocalStack;
let loops: ChildProcess[];
beforeAll(async () => {
  stack = await LocalStack.start();
  await new Shop(stack.commands).createProduct('Laptop', 'Electronics', 500);
  loops = Array.from({ length: busyLoops }, () => spawn('sh', ['-c', 'while :; do :; done']));
});
afterAll(async () => {
  for (const loop of loops) loop.kill('SIGKILL');
  await stack.remove();
});

test(`${starts} starts and Ctrl-Cs on a busy machine: each ready within ${readyWithinSeconds} s, and the data is there`, async () => {
  const shop = new Shop(stack.commands);
  const seconds: number[] = [];
  for (let start = 1; start <= starts; start++) {
    expect(await stack.interrupt()).toBe(0);
    const began = performance.now();
    await stack.startAgain();
    seconds.push(Math.round((performance.now() - began) / 100) / 10);
    expect(kafkaLog()).not.toContain('DUPLICATE_BROKER_REGISTRATION');
    const { status } = await shop.placeOrder([{ productId: 1, quantity: 1, price: 0.07 }]);
    expect(status).toBe(201);
    await expectViewsToEqualPostgres(stack);
  }
  console.log(`ready after ${seconds.join(', ')} s`);
  expect(seconds.filter((each) => each >= readyWithinSeconds)).toEqual([]);
});

const kafkaLog = (): string => readFileSync(join(stack.folder, 'logs', 'kafka.log'), 'utf8');
