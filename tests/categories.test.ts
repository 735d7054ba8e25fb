import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { Shop } from './support/shop';
import { Stack } from './support/stack';

jest.setTimeout(360_000);

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.shared();
});

/** What URLs, proxies, routers, SQL or JSON may take for something else. */
const tricky = [
  ...['.', '..', '...', ' .', '. ', './', '../..', '%2e', '%2E%2e', '.%2e', '%', '%zz', '%00'],
  ...[
    '/',
    '//',
    'a/b',
    '/revenue',
    'a/revenue',
    '\\',
    '..\\',
    '?',
    'a?b=c',
    '#',
    'a#b',
    ';',
    'a;b=c',
  ],
  ...[' ', '  ', ' a', 'a ', '\t', '\n', '\r\n', '\u0001', '\u007f', '\u0085', '\u00a0', '\u2028'],
  ...['\ufeff', '\ufeffa', '\u200b', '\u202ea', '\ufffd', '\uffff', '\u{10ffff}', '\u{1f4bb}'],
  // Composed and decomposed: two categories, as they are two texts.
  ...['\u00e9', 'e\u0301', 'ﬁ', 'Ω', 'İ', 'ß'],
  ...[
    '+',
    '*',
    ':',
    ':category',
    '(.*)',
    '@',
    '&',
    '=',
    '"',
    "'",
    '`',
    '{}',
    '[]',
    '|',
    '^',
    '~',
    '!',
  ],
  ...[
    '__proto__',
    'constructor',
    'null',
    'undefined',
    '0',
    'x'.repeat(200),
    '\u{1f4bb}'.repeat(200),
  ],
  // Refused by what they are, wherever they are asked for.
  ...['', 'x'.repeat(201), 'a\0b', '\ud800', 'a\udc00'],
];

const path = (category: string): string =>
  `${stack.queries}/api/analytics/categories/${encodeURIComponent(category)}/revenue`;

test('every category that can be created can be asked for, by its name in the path of a URL', async () => {
  const shop = new Shop(stack.commands);
  const runs = { numRuns: 200, seed: 17 };
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
  const random = fc.sample(
    text.filter((any) => !any.includes('\0')),
    runs,
  );
  const dots = fc.sample(fc.stringMatching(/^[./%2eE\\ ]{1,4}$/), runs);
  const refused: string[] = [];
  const tryOne = async (category: string): Promise<void> => {
    const { status, token } = await shop.createProduct('Thing', category, 1);
    if (token === null) {
      expect([category, status]).toEqual([category, 400]);
      refused.push(category);
      return;
    }
    const headers = { 'Consistency-Token': token, Prefer: 'wait=10' };
    const found = await fetch(path(category), { headers });
    expect([found.status, await found.json()]).toEqual([200, { category, totalRevenue: 0 }]);
  };
  const categories = [...new Set([...tricky, ...random, ...dots])];
  while (categories.length > 0) await Promise.all(categories.splice(0, 10).map(tryOne));
  const unfit = ['.', '..', '', 'x'.repeat(201), 'a\0b', '\ud800', 'a\udc00'];
  expect(refused.sort()).toEqual(unfit.sort());
});

test('curl asks for them as fetch does', () => {
  for (const category of ['a/b', '%2e', ' ', '\\', '\u00e9', 'e\u0301', '...']) {
    const answer = execFileSync('curl', ['-s', path(category)], { encoding: 'utf8' });
    expect(JSON.parse(answer)).toEqual({ category, totalRevenue: 0 });
  }
});
