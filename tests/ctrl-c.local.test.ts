import { execFileSync } from 'node:child_process';
import { expectViewsToEqualPostgres } from './support/converge';
import { LocalStack } from './support/local-stack';
import { Shop } from './support/shop';

jest.setTimeout(240_000);

let stack: LocalStack;
beforeAll(async () => {
  stack = await LocalStack.start();
});
afterAll(() => stack.remove());

test('Ctrl-C ends every process, and the data survives', async () => {
  const shop = new Shop(stack.commands);
  await shop.createProduct('Laptop', 'Electronics', 500);
  await shop.placeOrder([{ productId: 1, quantity: 1, price: 0.07 }]);
  const before = await expectViewsToEqualPostgres(stack);
  const code = await stack.interrupt();

  expect(code).toBe(0);
  expect(processesOf(stack.folder)).toEqual([]);
  await stack.startAgain();
  expect(await expectViewsToEqualPostgres(stack)).toEqual(before);
});

/** The processes that name this folder in their command line or environment. */
function processesOf(folder: string): string[] {
  return execFileSync('ps', ['axeww', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder) && !line.includes('ps axeww'));
}
