import { product, useRefusals } from '../support/refusals';

const { expectRefusal } = useRefusals();

const refused = (body: unknown, ...at: string[]) =>
  expectRefusal('/api/products', { body: JSON.stringify(body) }, { status: 400, at });
const refusedText = (body: string, ...at: string[]) =>
  expectRefusal('/api/products', { body }, { status: 400, at });

describe('a product that is no object of its fields', () => {
  test.each<[string, unknown]>([
    ['an array', []],
    ['null', null],
    ['a text', 'Laptop'],
    ['a number', 1],
    ['an array of products', [product]],
    ['nothing in it', {}],
    ['no name', { category: 'B', price: 1 }],
    ['no category', { name: 'A', price: 1 }],
    ['no price', { name: 'A', category: 'B' }],
    ['an unknown field', { ...product, colour: 'red' }],
    ['an id of its own', { ...product, id: 7 }],
    ['a version of its own', { ...product, version: 7 }],
    ['a field in capitals', { Name: 'A', category: 'B', price: 1 }],
    ['a field named constructor', { ...product, constructor: 1 }],
  ])('%s', (_, body) => refused(body, ''));

  test.each<[string, string]>([
    ['__proto__ beside the fields', '{"__proto__":1,"name":"A","category":"B","price":1}'],
    ['the fields in __proto__', '{"__proto__":{"name":"A","category":"B","price":1}}'],
    ['the fields in constructor.prototype', '{"constructor":{"prototype":{"name":"A"}}}'],
  ])('%s', (_, body) => refusedText(body, ''));

  test('all errors are named at once', () =>
    refused({ name: '', category: 1, price: -1, more: true }, '', '/name', '/category', '/price'));
});

describe.each(['name', 'category'])('a bad %s', (field) => {
  test.each<[string, unknown]>([
    ['empty', ''],
    ['201 characters', 'x'.repeat(201)],
    ['201 characters of two UTF-16 units', '\u{1F4BB}'.repeat(201)],
    ['NUL', 'a\0b'],
    ['a lone high surrogate', 'a\uD800'],
    ['a lone low surrogate', '\uDC00b'],
    ['surrogates the wrong way round', '\uDCBB\uD83D'],
    ['a number', 1],
    ['null', null],
    ['an array', ['A']],
    ['an object', { toString: 'A' }],
  ])('%s', (_, value) => refused({ ...product, [field]: value }, `/${field}`));
});

describe('a category that no URL can name', () => {
  test.each(['.', '..'])('%s', (category) => refused({ ...product, category }, '/category'));
});

describe('a bad price', () => {
  test.each<[string, unknown]>([
    ['a text', '500'],
    ['null', null],
    ['true', true],
    ['an array', [500]],
    ['a cent below zero', -0.01],
    ['a tenth of a cent', 0.001],
    ['three decimals', 0.075],
    ['three decimals that round to two', 19.999],
    ['a sum of floats', 0.1 + 0.2],
    ['a cent too much', 1_000_000],
    ['1e300', 1e300],
    ['-1e300', -1e300],
    ['5e-324', 5e-324],
    ['2^53', 2 ** 53],
  ])('%s', (_, price) => refused({ ...product, price }, '/price'));

  test.each([
    ...['1e999', '-1e999', '0.0700000000000001', '999999.990000001'],
    // Doubles that are fine prices, of texts that are none.
    ...[
      '1e-400',
      '-1e-400',
      '19.990000000000000001',
      '0.07000000000000000000001',
      '999999.9900000000000001',
    ],
    `19.99${'0'.repeat(1_000)}1`,
  ])('%.40s', (price) => refusedText(`{"name":"A","category":"B","price":${price}}`, '/price'));

  test.each(['NaN', 'Infinity', '.5', '5.', '+5', '0x10', '007', '1_000'])(
    '%s, which is no JSON',
    (price) => refusedText(`{"name":"A","category":"B","price":${price}}`),
  );
});

describe('a member that is given twice, otherwise', () => {
  test.each([
    '{"name":"A","name":"B","category":"C","price":1}',
    '{"name":"A","category":"C","price":1,"price":1.01}',
    '{"name":"A","category":"C","price":"1","price":1}',
    '{"n\\u0061me":"B","name":"A","category":"C","price":1}',
    `{"name":${'['.repeat(50_000)}${']'.repeat(50_000)},"name":"A","category":"C","price":1}`,
    `{"name":{"a":1,"a":2},"name":"A","category":"C","price":1}`,
  ])('%.60s', (body) => refusedText(body, ''));
});
