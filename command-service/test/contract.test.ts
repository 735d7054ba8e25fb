import { useTestService } from './support/service';

const stack = useTestService();

describe('the public contract', () => {
  test('the first product is 1, the first order is 1, and each answer is what the tour shows', async () => {
    const { http } = stack;

    const product = await http.post('/api/products', {
      name: 'Laptop',
      category: 'Electronics',
      price: 500.0,
    });
    expect(product.status).toBe(201);
    expect(product.headers.get('location')).toBe('/api/products/1');
    expect(product.headers.get('etag')).toBe('"1"');
    expect(product.body).toEqual({ id: 1, name: 'Laptop', category: 'Electronics', price: 500 });
    expect((await http.get('/api/products/1')).body).toEqual(product.body);

    const order = await http.post('/api/orders', {
      customerId: 1,
      items: [{ productId: 1, quantity: 2, price: 500.0 }],
    });
    expect(order.status).toBe(201);
    expect(order.headers.get('location')).toBe('/api/orders/1');
    expect(order.headers.get('etag')).toBe('"1"');
    expect(JSON.stringify(order.body)).toMatch(
      /^\{"id":1,"customerId":1,"status":"CREATED","items":\[\{"productId":1,"quantity":2,"price":500\}\],"placedAt":"[^"]+"\}$/,
    );

    const shipped = await http.put('/api/orders/1/status', { status: 'SHIPPED' });
    expect(shipped.status).toBe(200);
    expect(shipped.headers.get('etag')).toBe('"2"');
    expect(shipped.body).toEqual({ ...order.body, status: 'SHIPPED' });

    const read = await http.get('/api/orders/1');
    expect(read.headers.get('etag')).toBe('"2"');
    expect(read.body).toEqual(shipped.body);
  });

  test('an order keeps the price that it states, and may name a product twice', async () => {
    const items = [
      { productId: 1, quantity: 1, price: 0.07 },
      { productId: 1, quantity: 3, price: 0.14 },
    ];
    const order = await stack.http.post('/api/orders', { customerId: 2, items });
    expect(order.body.items).toEqual(items);
  });

  test('an order says when it was placed, in UTC, or is placed now by the clock of the database', async () => {
    const items = [{ productId: 1, quantity: 1, price: 1 }];
    const imported = await stack.http.post('/api/orders', {
      customerId: 1,
      items,
      placedAt: '2026-02-27T11:15:00.5+02:00',
    });
    expect(imported.body.placedAt).toBe('2026-02-27T09:15:00.500Z');

    const [before] = await stack.query<{ now: Date }>(`SELECT clock_timestamp() AS now`);
    const { body } = await stack.http.post('/api/orders', { customerId: 1, items });
    const [after] = await stack.query<{ now: Date }>(`SELECT clock_timestamp() AS now`);
    const placed = Date.parse(String(body.placedAt));
    expect(placed).toBeGreaterThanOrEqual(Number(before?.now));
    expect(placed).toBeLessThanOrEqual(Number(after?.now));
  });

  test('an order may be placed almost 5 minutes ahead, and no more', async () => {
    const [clock] = await stack.query<{ now: Date }>(`SELECT clock_timestamp() AS now`);
    const order = (aheadMs: number) => ({
      customerId: 1,
      items: [{ productId: 1, quantity: 1, price: 1 }],
      placedAt: new Date(Number(clock?.now) + aheadMs).toISOString(),
    });
    expect((await stack.http.post('/api/orders', order(299_000))).status).toBe(201);
    const refused = await stack.http.post('/api/orders', order(360_000));
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toEqual([
      { path: '/placedAt', message: 'must be at most 5 minutes ahead' },
    ]);
  });

  test('an order of unknown products is refused, names them, and takes no id', async () => {
    const nextId = async () => {
      const { headers } = await stack.http.post('/api/orders', {
        customerId: 1,
        items: [{ productId: 1, quantity: 1, price: 1 }],
      });
      return Number(headers.get('location')?.split('/').at(-1));
    };
    const before = await nextId();
    const refused = await stack.http.post('/api/orders', {
      customerId: 1,
      items: [9007199254740991, 1, 77, 77].map((productId) => ({
        productId,
        quantity: 1,
        price: 1,
      })),
    });
    expect(refused.status).toBe(422);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.body.unknownProducts).toEqual([77, 9007199254740991]);
    expect(refused.body.detail).toBe('there is no product 77, 9007199254740991');
    expect(await nextId()).toBe(before + 1);
  });

  test.each([
    '/api/products/99',
    '/api/orders/99',
    '/api/orders/0',
    '/api/orders/01',
    '/api/orders/x',
    '/api/orders/9007199254740992',
    '/api/orders/%E0%A4%A',
    '/api/nothing',
    '/',
  ])('GET %s is a problem 404', async (path) => {
    const answer = await stack.http.get(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ title: 'Not Found', status: 404 });
  });

  test.each([
    ['/api/products', 'DELETE', 'POST, HEAD, GET'],
    ['/api/orders/1', 'PATCH', 'HEAD, GET'],
    ['/api/orders/1/status', 'GET', 'PUT'],
  ])('%s refuses %s with the methods that it allows', async (path, method, allow) => {
    const answer = await stack.http.send(path, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('If-Match', () => {
  const put = async (id: number, status: string, ifMatch: string) =>
    (await stack.http.put(`/api/orders/${id}/status`, { status }, { 'If-Match': ifMatch })).status;

  test('is evaluated after 404 and before the no-op and the conflict', async () => {
    const { headers } = await stack.http.post('/api/orders', {
      customerId: 1,
      items: [{ productId: 1, quantity: 1, price: 1 }],
    });
    const id = Number(headers.get('location')?.split('/').at(-1));
    expect(await put(999_999, 'SHIPPED', '"7"')).toBe(404);
    expect(await put(id, 'CREATED', '"7"')).toBe(412);
    expect(await put(id, 'DELIVERED', '"7"')).toBe(412);
    expect(await put(id, 'CREATED', '"1"')).toBe(200);
    expect(await put(id, 'DELIVERED', '"1"')).toBe(409);
    expect(await put(id, 'SHIPPED', '"7", "1"')).toBe(200);
    expect(await put(id, 'DELIVERED', 'W/"2"')).toBe(412);
    expect(await put(id, 'DELIVERED', '2')).toBe(400);
    // A condition that got lost on its way is none that holds.
    expect(await put(id, 'DELIVERED', '')).toBe(400);
    expect(await put(id, 'DELIVERED', '*')).toBe(200);
  });
});
