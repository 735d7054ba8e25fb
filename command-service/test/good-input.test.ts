import { item, order, product, useRefusals } from './support/refusals';

const { stack } = useRefusals();

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  stack.http.send(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  });

describe('a price is kept to the cent', () => {
  const expectKept = async (text: string, cents: string, decimal: string) => {
    const created = await post('/api/products', JSON.stringify(product).replace('500', text));
    expect([created.status, created.body.price]).toEqual([201, Number(text)]);
    const [row] = await stack.query(
      `SELECT price_cents AS cents, payload ->> 'price' AS decimal
       FROM products JOIN outbox ON type = 'ProductCreated' AND aggregateid = products.id::text
       WHERE products.id = $1`,
      [created.body.id],
    );
    expect(row).toEqual({ cents, decimal });
  };

  test.each([
    ['0', '0', '0.00'],
    ['0.01', '1', '0.01'],
    ['0.07', '7', '0.07'],
    ['0.14', '14', '0.14'],
    ['0.29', '29', '0.29'],
    ['1.1', '110', '1.10'],
    ['500.0', '50000', '500.00'],
    ['5e2', '50000', '500.00'],
    ['700e-2', '700', '7.00'],
    ['999999.99', '99999999', '999999.99'],
  ])('%s', expectKept);
});

/** What would do harm if it were ever taken for anything but text. */
const texts = [
  'x',
  '\u{1F4BB}'.repeat(200),
  ' "quoted" \\ \n\t\u0001 é',
  '%00 %s %d {} ${x} $1 ?',
  "'; DROP TABLE orders; --",
  "' OR '1'='1",
  "Robert'); DELETE FROM outbox; --",
  "\\'; SELECT pg_sleep(10); --",
  '$$; TRUNCATE products; $$',
  '<script>alert(1)</script>',
  '__proto__',
  'null',
];

describe.each(['name', 'category'])('every text is kept as it was stated: as %s', (field) => {
  test.each(texts)('%j', async (text) => {
    const created = await stack.http.post('/api/products', { ...product, [field]: text });
    expect(created.status).toBe(201);
    const path = `/api/products/${String(created.body.id)}`;
    expect((await stack.http.get(path)).body[field]).toBe(text);
    const [event] = await stack.query<{ text: string }>(
      `SELECT payload ->> $2 AS text FROM outbox WHERE aggregatetype = 'product' AND aggregateid = $1`,
      [String(created.body.id), field],
    );
    expect(event?.text).toBe(text);
  });
});

test.each(["'; DROP TABLE orders; --", '"; DELETE FROM outbox', '$1'])(
  'the headers %j are only text',
  async (text) => {
    const { status } = await post('/api/orders', JSON.stringify(order), {
      traceparent: text,
      'If-Match': text,
      'User-Agent': text,
    });
    expect(status).toBe(201);
  },
);

describe('an order', () => {
  test('of 500 items of the largest amounts, indented, behind a BOM', async () => {
    const items = Array.from({ length: 500 }, () => ({
      productId: 1,
      quantity: 10_000,
      price: 999_999.99,
    }));
    const created = await post(
      '/api/orders',
      `\uFEFF${JSON.stringify({ ...order, items }, null, 4)}`,
    );
    expect(created.status).toBe(201);
    expect(created.body.items).toEqual(items);
  });

  test('with the same product twice has both lines', async () => {
    const items = [item, { ...item, quantity: 3, price: 0.07 }];
    const created = await stack.http.post('/api/orders', { ...order, items });
    expect(created.body.items).toEqual(items);
    const [event] = await stack.query<{ items: unknown }>(
      `SELECT payload -> 'items' AS items FROM outbox WHERE aggregatetype = 'order' AND aggregateid = $1`,
      [String(created.body.id)],
    );
    expect(event?.items).toEqual([
      { ...item, price: '500.00' },
      { ...item, quantity: 3, price: '0.07' },
    ]);
  });

  test('of customer 2^53-1', async () => {
    const created = await stack.http.post('/api/orders', { ...order, customerId: 2 ** 53 - 1 });
    expect(created.body.customerId).toBe(9007199254740991);
  });
});

describe('the body is read as', () => {
  test.each([
    'application/json; charset=UTF-8',
    'application/json;charset="utf-8"',
    'Application/JSON',
    'application/json ; foo=bar',
  ])('%s', async (type) => {
    const { status } = await post('/api/products', JSON.stringify(product), {
      'Content-Type': type,
    });
    expect(status).toBe(201);
  });

  test('what it says twice in the same words', async () => {
    const { body } = await post(
      '/api/products',
      '{"name":"A","price":1,"category":"C","name":"\\u0041","price":1.0}',
    );
    expect([body.name, body.price]).toEqual(['A', 1]);
  });

  test('its numbers, however they are spelt', async () => {
    const { body } = await post(
      '/api/orders',
      `{"customerId":9007199254740991.0,"items":[
        {"productId":1.0,"quantity":2e0,"price":0.${'0'.repeat(400)}7e399},
        {"productId":10E-1,"quantity":0.2e+1,"price":-0},
        {"productId":1,"quantity":1,"price":0e-999}]}`,
    );
    expect(body).toMatchObject({
      customerId: 9007199254740991,
      items: [
        { productId: 1, quantity: 2, price: 0.07 },
        { productId: 1, quantity: 2, price: 0 },
        { productId: 1, quantity: 1, price: 0 },
      ],
    });
  });

  test('chunks', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const byte of Buffer.from(JSON.stringify(product)))
          controller.enqueue(Buffer.from([byte]));
        controller.close();
      },
    });
    const { status } = await stack.http.send('/api/products', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      duplex: 'half',
      body,
    });
    expect(status).toBe(201);
  });
});
