import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from 'local/paths';

const rule = 'import-x/no-restricted-paths';
/** Only this rule, of the project's own configuration: it needs no types, which take twenty seconds to load. */
const lint = `
  import { ESLint } from 'eslint';
  const eslint = new ESLint({
    ruleFilter: ({ ruleId }) => ruleId === '${rule}',
    overrideConfig: { languageOptions: { parserOptions: { project: false } } },
  });
  const [file, text] = process.argv.slice(1);
  console.log(JSON.stringify(await eslint.lintText(text, { filePath: file })));
`;

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
  const args = ['--input-type=module', '--eval', lint, file, text];
  const stdout = execFileSync(process.execPath, args, { cwd: checkout });
  const [result] = JSON.parse(stdout.toString()) as [
    { messages: { ruleId: string; line: number }[] },
  ];
  expect(result.messages).toContainEqual(expect.objectContaining({ ruleId: rule, line: 1 }));
});
