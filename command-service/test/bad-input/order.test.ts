import { item, order, useRefusals } from '../support/refusals';

const { expectRefusal, stack } = useRefusals();

const refused = (body: unknown, ...at: string[]) =>
  expectRefusal('/api/orders', { body: JSON.stringify(body) }, { status: 400, at });
const many = (length: number) => Array.from({ length }, () => item);

/** Not one of them is an integer from 1 to 2^53-1. */
const noIds: [string, unknown][] = [
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['2^53', 2 ** 53],
  ['1e300', 1e300],
  ['"1"', '1'],
  ['null', null],
  ['true', true],
  ['an array', [1]],
];

describe('an order that is no object of its fields', () => {
  test.each<[string, unknown, string]>([
    ['no customer', { items: [item] }, ''],
    ['no items', { customerId: 1 }, ''],
    ['a status', { ...order, status: 'SHIPPED' }, ''],
    ['an id of its own', { ...order, id: 7 }, ''],
    ['an empty list of items', { ...order, items: [] }, '/items'],
    ['501 items', { ...order, items: many(501) }, '/items'],
    ['items that are an object', { ...order, items: { 0: item, length: 1 } }, '/items'],
    ['items that are null', { ...order, items: null }, '/items'],
    ['an item that is null', { ...order, items: [item, null] }, '/items/1'],
    ['an item that is an id', { ...order, items: [1] }, '/items/0'],
    ['an item without a price', { ...order, items: [{ productId: 1, quantity: 1 }] }, '/items/0'],
    ['an item with a field more', { ...order, items: [{ ...item, sku: 'x' }] }, '/items/0'],
  ])('%s', (_, body, at) => refused(body, at));
});

describe('a customer id that is none', () => {
  test.each(noIds)('%s', (_, customerId) => refused({ ...order, customerId }, '/customerId'));
});

describe('a product id that is none', () => {
  test.each(noIds)('%s', (_, productId) =>
    refused({ ...order, items: [{ ...item, productId }] }, '/items/0/productId'),
  );

  test.each(['9007199254740993', '9007199254740992.5', '1e16', '123456789012345678901234567890'])(
    '%s, beyond what a double tells apart',
    (id) =>
      expectRefusal(
        '/api/orders',
        { body: `{"customerId":1,"items":[{"productId":${id},"quantity":1,"price":1}]}` },
        { status: 400, at: ['/items/0/productId'] },
      ),
  );
});

describe('a bad quantity', () => {
  test.each<[string, unknown]>([
    ['0', 0],
    ['-1', -1],
    ['1.5', 1.5],
    ['10,001', 10_001],
    ['2^31', 2 ** 31],
    ['1e300', 1e300],
    ['"2"', '2'],
    ['null', null],
  ])('%s', (_, quantity) =>
    refused({ ...order, items: [item, { ...item, quantity }] }, '/items/1/quantity'),
  );
});

describe('a number of which only the double would do', () => {
  const body = (more: Record<string, string>): string => {
    const { customerId, productId, quantity, price } = {
      ...{ customerId: '1', productId: '1', quantity: '1', price: '1' },
      ...more,
    };
    return `{"customerId":${customerId},"items":[{"productId":${productId},"quantity":${quantity},"price":${price}}]}`;
  };
  test.each([
    ['customerId', '9007199254740991.4', '/customerId'],
    ['customerId', '1.0000000000000000001', '/customerId'],
    ['productId', '0.99999999999999999999', '/items/0/productId'],
    ['quantity', '2.0000000000000000001', '/items/0/quantity'],
    ['quantity', '10000.0000000000000001', '/items/0/quantity'],
    ['price', '1e-400', '/items/0/price'],
    ['price', '0.07000000000000000000001', '/items/0/price'],
  ])('%s %s', (field, number, at) =>
    expectRefusal('/api/orders', { body: body({ [field]: number }) }, { status: 400, at: [at] }),
  );

  test('is told with what it would be taken for', async () => {
    const answer = await stack.http.send('/api/orders', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: body({ price: '19.990000000000000001' }),
    });
    expect(answer.body.errors).toEqual([
      {
        path: '/items/0/price',
        message: 'must be a number of fewer digits: 19.990000000000000001 would be taken for 19.99',
      },
    ]);
  });
});

describe('a bad price of an item', () => {
  test.each([-0.01, 0.075, 1_000_000, 1e300, '500', null])('%p', (price) =>
    refused({ ...order, items: [{ ...item, price }] }, '/items/0/price'),
  );
});

describe('a bad placedAt', () => {
  test.each<[string, unknown]>([
    ['without an offset', '2026-02-27T09:15:00'],
    ['only a day', '2026-02-27'],
    ['30 February', '2026-02-30T09:15:00Z'],
    ['month 13', '2026-13-01T09:15:00Z'],
    ['24:00', '2026-02-27T24:00:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['an offset of 24 hours', '2026-02-27T09:15:00+24:00'],
    ['a space for the T', '2026-02-27 09:15:00Z'],
    ['words', 'yesterday'],
    ['RFC 1123', 'Fri, 27 Feb 2026 09:15:00 GMT'],
    ['milliseconds since 1970', 1772150400000],
    ['null', null],
    ['empty', ''],
    ['before 1970', '1969-12-31T23:59:59Z'],
    ['before 1970 by its offset', '1970-01-01T00:00:00+00:01'],
    ['a year of six digits', '+275760-09-13T00:00:00Z'],

    ['SQL', "2026-02-27T09:15:00Z'; DROP TABLE orders; --"],
  ])('%s', (_, placedAt) => refused({ ...order, placedAt }, '/placedAt'));
});

describe('an order that is placed in the future is a problem 422', () => {
  test.each<[string, string]>([
    ['tomorrow', new Date(Date.now() + 86_400_000).toISOString()],
    ['in 9999', '9999-12-31T23:59:59-23:59'],
  ])('%s', (_, placedAt) =>
    expectRefusal(
      '/api/orders',
      { body: JSON.stringify({ ...order, placedAt }) },
      { status: 422, at: ['/placedAt'] },
    ),
  );
});

describe('an order of products that do not exist', () => {
  test('is a problem 422 that names them', () =>
    expectRefusal(
      '/api/orders',
      { body: JSON.stringify({ ...order, items: [item, { ...item, productId: 77 }] }) },
      { status: 422, detail: /^there is no product 77$/ },
    ));

  test('2^53-1 included', () =>
    expectRefusal(
      '/api/orders',
      { body: JSON.stringify({ ...order, items: [{ ...item, productId: 2 ** 53 - 1 }] }) },
      { status: 422, detail: /9007199254740991/ },
    ));
});

describe('a bad change of status', () => {
  const change = (path: string, body: unknown, status: number, ...at: string[]) =>
    expectRefusal(path, { body: JSON.stringify(body) }, { status, at });

  test.each<[string, unknown, string]>([
    ['an unknown status', { status: 'LOST' }, '/status'],
    ['small letters', { status: 'shipped' }, '/status'],
    ['a space behind it', { status: 'SHIPPED ' }, '/status'],
    ['SQL', { status: "SHIPPED'; DROP TABLE orders; --" }, '/status'],
    ['null', { status: null }, '/status'],
    ['an array', { status: ['SHIPPED'] }, '/status'],
    ['none', {}, ''],
    ['a text', 'SHIPPED', ''],
    ['a field more', { status: 'SHIPPED', version: 1 }, ''],
  ])('%s', (_, body, at) => change('/api/orders/1/status', body, 400, at));

  test('which no way leads to is a problem 409', () =>
    change('/api/orders/1/status', { status: 'DELIVERED' }, 409));

  test.each([
    '0',
    '01',
    '-1',
    '1.5',
    '1e0',
    'x',
    '9007199254740992',
    '99',
    '1%27%3B--',
    '%00',
    '1%20',
  ])('of order %s, which is none, is a problem 404', (id) =>
    change(`/api/orders/${id}/status`, { status: 'SHIPPED' }, 404),
  );

  test.each(['1', 'W/1', '"1', '1"', '"1" "2"', "'1'"])(
    'with the malformed If-Match %s is a problem 400',
    (ifMatch) =>
      expectRefusal(
        '/api/orders/1/status',
        {
          body: '{"status":"SHIPPED"}',
          headers: { 'Content-Type': 'application/json', 'If-Match': ifMatch },
        },
        { status: 400, detail: /If-Match/ },
      ),
  );
});

test('the order is as it was', async () => {
  const { body } = await stack.http.get('/api/orders/1');
  expect(body).toMatchObject({ id: 1, status: 'CREATED', items: [item] });
});
