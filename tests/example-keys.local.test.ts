import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const checkout = join(__dirname, '..');
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** What a reader copies requests from, and what `/docs` and error messages are made of. */
function filesWithExamples(): string[] {
  const files = ['*.md', '*.http', 'command-service/src/*.ts', 'service-kit/src/*.ts'];
  return execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...files], {
    cwd: checkout,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
}

/** Each key that a file gives with an `Idempotency-Key`. */
const keysOf = (file: string): string[] => [
  ...new Set(
    readFileSync(join(checkout, file), 'utf8')
      .split('\n')
      .filter((line) => line.includes('Idempotency-Key') || line.includes('example:'))
      .flatMap((line) => line.match(uuid) ?? []),
  ),
];

test('no example key stands in two places: a reader who tries both would be refused', () => {
  const keys = filesWithExamples().flatMap(keysOf);
  expect(keys.length).toBeGreaterThan(1);
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});
