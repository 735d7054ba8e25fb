import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createApplication } from 'service-kit/application';
import { closeServer, listen } from 'service-kit/http-server';
import { sliceOf } from '../src/views/route';
import { views as allViews } from '../src/views/views';
import { item, order, product } from './support/events';
import { openViews, silent, type TestViews } from './support/views';

let views: TestViews;
let port: number;
let close: () => Promise<void>;
let contents: unknown;

beforeAll(async () => {
  views = await openViews();
  await views.apply(
    product(1, 'Electronics'),
    order(1, [item(1, 2, '0.07')], { placedAt: '2026-02-27T09:30:00.000Z' }),
  );
  const slices = allViews.map((view) => sliceOf(view.name, view.routes(views.store.reader)).router);
  const server = await listen(createApplication({ open: slices }, silent), 0, '127.0.0.1');
  port = (server.address() as AddressInfo).port;
  close = () => closeServer(server, 1000);
  contents = await views.contents();
});
afterAll(async () => {
  await close();
  await views.close();
});
/** Whatever was asked, the views are as they were. */
afterEach(async () => expect(await views.contents()).toEqual(contents));

/** Sends the path as it is: `fetch` would mend it. */
async function ask(path: string, method = 'GET') {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.write(
    `${method} /api/analytics${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  );
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body: JSON.parse(body || 'null') as unknown };
}

async function expectProblem(path: string, status: number, detail: RegExp, method?: string) {
  const { head, body, ...answer } = await ask(path, method);
  expect(answer.status).toBe(status);
  expect(head).toMatch(/^content-type: application\/problem\+json$/im);
  expect(body).toMatchObject({
    type: 'about:blank',
    status,
    detail: expect.stringMatching(detail) as string,
  });
  expect(JSON.stringify(body)).not.toMatch(/SQLITE|syntax|node_modules/);
}

const sql = ["1'--", "' OR '1'='1", '1; DROP TABLE product_sales', '1) UNION SELECT 1,2,3 --'];
const encoded = (texts: string[]) => texts.map(encodeURIComponent);
/** None is an integer from 1 to 2^53-1 as ids are written. */
const noIds = [
  '0',
  '-1',
  '+1',
  '01',
  '1.0',
  '1.5',
  '1e0',
  '0x1',
  'x',
  '%20',
  '1%00',
  '%D9%A1',
  'NaN',
  '9007199254740992',
  '99999999999999999999',
  ...encoded(sql),
];

describe('a product', () => {
  test.each([...noIds, '2', '9007199254740991', '%E0%A4%A'])('%s is a problem 404', (id) =>
    expectProblem(`/products/${id}/sales`, 404, /./),
  );
});

describe('a category', () => {
  test.each([
    'electronics',
    'Electronics%00',
    '%20Electronics',
    '%',
    '*',
    '%25',
    '%E0%A4%A',
    'x'.repeat(5_000),
    ...encoded(sql),
    encodeURIComponent("Electronics' --"),
  ])('%.40s is a problem 404', async (category) => {
    await expectProblem(`/categories/${category}/revenue`, 404, /./);
    await expectProblem(`/categories/${category}/revenue-over-time?${period}`, 404, /./);
  });
});

describe('a customer', () => {
  test.each([...noIds, '2', '9007199254740991', '%E0%A4%A'])('%s is a problem 404', (id) =>
    expectProblem(`/customers/${id}/totals`, 404, /./),
  );
});

const period = 'start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z';
const overTime = '/categories/Electronics/revenue-over-time';
const end = '2026-02-28T00:00:00Z';

describe.each(['/hourly-sales', '/top-products', overTime])('%s', (path) => {
  describe('of a bad period is a problem 400', () => {
    test.each([
      ['no start', `end=${end}`],
      ['an empty start', `start=&end=${end}`],
      ['two starts', `start=2026-02-27T00:00:00Z&start=2026-02-27T00:00:00Z&end=${end}`],
      ['an array', `start[]=2026-02-27T00:00:00Z&end=${end}`],
      ['only a day', `start=2026-02-27&end=${end}`],
      ['no offset', `start=2026-02-27T00:00:00&end=${end}`],
      ['a plus that means a space', `start=2026-02-27T00:00:00+01:00&end=${end}`],
      ['a space for the T', `start=2026-02-27%2000:00:00Z&end=${end}`],
      ['small letters', `start=2026-02-27t00:00:00z&end=${end}`],
      ['30 February', `start=2026-02-30T00:00:00Z&end=2026-03-01T00:00:00Z`],
      ['month 0', `start=2026-00-01T00:00:00Z&end=${end}`],
      ['24:00', `start=2026-02-27T24:00:00Z&end=${end}`],
      ['a leap second', `start=2016-12-31T23:59:60Z&end=${end}`],
      ['seconds left out', `start=2026-02-27T00:00Z&end=${end}`],
      ['a year of six digits', `start=-271821-04-20T00:00:00Z&end=${end}`],
      ['milliseconds since 1970', `start=1772150400000&end=${end}`],
      ['words', `start=yesterday&end=today`],
      ['Arabic digits', `start=${encodeURIComponent('٢٠٢٦-02-27T00:00:00Z')}&end=${end}`],
      ['NUL', `start=2026-02-27T00:00:00Z%00&end=${end}`],
      ['SQL', `start=${encodeURIComponent("2026-02-27T00:00:00Z' OR 1=1 --")}&end=${end}`],
    ])('%s', (_, query) => expectProblem(`${path}?${query}`, 400, /^start must be a time/));

    test('a bad end', () =>
      expectProblem(`${path}?start=${end}&end=tomorrow`, 400, /^end must be a time/));
  });

  test.each([
    ['', 'start=2026-02-27T10:00:00Z&end=2026-02-27T09:59:59Z'],
    [', by their offsets', 'start=2026-02-27T10:00:00-01:00&end=2026-02-27T10:00:00Z'],
  ])('of a start after its end%s is a problem 422', (_, query) =>
    expectProblem(`${path}?${query}`, 422, /^start must not be after end$/),
  );

  test.each([
    ['empty', 'start=2026-02-27T09:00:00Z&end=2026-02-27T09:00:00Z'],
    ['long before', 'start=0000-01-01T00:00:00Z&end=0001-01-01T00:00:00Z'],
    ['long after', 'start=9998-01-01T00:00:00Z&end=9999-12-31T23:59:59Z'],
  ])('of a period that is %s is no mistake: it has nothing, and no next page', async (_, query) => {
    const { status, body, head } = await ask(`${path}?${query}`);
    expect([status, body]).toEqual([200, []]);
    expect(head).not.toMatch(/^link:/im);
  });

  test('of the whole period has its one row', async () => {
    const { status, body, head } = await ask(`${path}?${period}&limit=1`);
    expect([status, body]).toEqual([200, [expect.objectContaining({})]]);
    expect(head).not.toMatch(/^link:/im);
  });
});

describe.each([
  ['/hourly-sales', 10_000],
  ['/top-products', 100],
  [overTime, 10_000],
])('%s with a limit that is no integer from 1 to %i is a problem 400', (path, max) => {
  test.each([
    '',
    '0',
    '-1',
    '+1',
    '1.5',
    '1e3',
    String(max + 1),
    '9007199254740993',
    'all',
    '1%00',
    '1&limit=1',
    ...encoded(sql),
  ])('limit=%s', (limit) =>
    expectProblem(
      `${path}?${period}&limit=${limit}`,
      400,
      new RegExp(`^limit must be an integer from 1 to ${max}$`),
    ),
  );
});

describe.each([
  ['/hourly-sales', ['1', '1:', ':1', '1:x', '1:1:1', '99999999999:1', '1:99999999999999999']],
  [overTime, ['1:1', '-', '--1', '1.5', '1e3', '99999999999', '1&after=1']],
])('%s behind what is no cursor of its own is a problem 400', (path, cursors) => {
  test.each(['', 'x', '%00', ...cursors, ...encoded(sql)])('after=%s', (after) =>
    expectProblem(`${path}?${period}&after=${after}`, 400, /^after is not a cursor/),
  );
});

describe('hourly sales of what is no product are a problem 400', () => {
  test.each([...noIds, '', '1&productId=1'])('productId=%s', (id) =>
    expectProblem(`/hourly-sales?${period}&productId=${id}`, 400, /^productId must be an integer/),
  );
});

describe.each([
  '/products/1/sales',
  '/categories/Electronics/revenue',
  '/hourly-sales',
  '/top-products',
  overTime,
  '/orders-by-status',
  '/customers/1/totals',
])('another method than GET on %s is a problem 405', (path) => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE'])('%s', (method) =>
    expectProblem(path, 405, new RegExp(`does not answer ${method}$`), method),
  );
});
