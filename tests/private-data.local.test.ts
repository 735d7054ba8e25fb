import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalStack } from './support/local-stack';
import { sharedStack } from './support/shared-stack';

jest.setTimeout(180_000);

let stack: LocalStack;
beforeAll(async () => {
  stack = await sharedStack(LocalStack);
});

test('no other user of this machine gets at data, logs and process ids', async () => {
  if (process.getuid?.() !== 0) {
    // Nobody may even pass.
    expect(statSync(stack.folder).mode & 0o077).toBe(0);
    return;
  }
  const nobody = { uid: 65534, gid: 65534 };
  const inside = readdirSync(stack.folder).map((name) => join(stack.folder, name));
  expect(inside.length).toBeGreaterThan(5);
  for (const path of [stack.folder, ...inside]) {
    await expect(promisify(execFile)('test', ['-r', path], nobody)).rejects.toThrow();
  }
});
