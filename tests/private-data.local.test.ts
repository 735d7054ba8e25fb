import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresOwner } from 'local/parts/postgres-owner';
import { LocalStack } from './support/local-stack';
import { sharedStack } from './support/shared-stack';

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
  const inside = readdirSync(stack.folder).map((name) => join(stack.folder, name));
  expect(inside.length).toBeGreaterThan(5);
  const nobody = { uid: 65534, gid: 65534 };
  // He may pass through LOCAL_DIR.
  const postgres = postgresOwner() ?? nobody;
  const deep = readdirSync(stack.folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).uid !== postgres.uid);
  for (const [user, paths] of [
    [nobody, [stack.folder, ...inside]],
    [postgres, [stack.folder, ...deep]],
  ] as const) {
    const readable = 'for path; do [ -r "$path" ] && echo "$path"; done; true';
    const { stdout } = await promisify(execFile)('bash', ['-c', readable, '-', ...paths], user);
    expect(stdout).toBe('');
  }
});
