import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from 'local/paths';

jest.setTimeout(300_000);

test.each([
  ['a type from a higher layer', 'query-service/src/model/hour.ts', '../store/sql', 'Reader'],
  [
    'a type of another service',
    'query-service/src/model/hour.ts',
    '../../../command-service/src/slice',
    'Slice',
  ],
])('lint refuses to import %s', (_, file, from, name) => {
  const planted = `import type { ${name} as Planted } from '${from}';\nexport type P = Planted;\n`;
  const text = planted + readFileSync(join(checkout, file), 'utf8');
  const eslint = join(checkout, 'node_modules/eslint/bin/eslint.js');
  const args = [eslint, '--stdin', '--stdin-filename', file, '--format', 'json'];
  // Otherwise typescript-eslint reads the file on the disk in place of this text.
  const env = { ...process.env, TSESTREE_SINGLE_RUN: 'false' };
  const { stdout } = spawnSync(process.execPath, args, { cwd: checkout, input: text, env });
  const [result] = JSON.parse(stdout.toString()) as [
    { messages: { ruleId: string; line: number }[] },
  ];
  expect(result.messages).toContainEqual(
    expect.objectContaining({ ruleId: 'import-x/no-restricted-paths', line: 1 }),
  );
});
