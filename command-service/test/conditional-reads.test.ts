import { request } from 'node:http';
import { order, product, useRefusals } from './support/refusals';

const { stack } = useRefusals();

/** As curl sends it: `fetch` adds `Cache-Control: no-cache` to a condition. */
function get(path: string, condition: Record<string, string>, method = 'GET') {
  const { port } = stack.service;
  return new Promise<{ status: number | undefined; headers: NodeJS.Dict<unknown>; body: string }>(
    (resolve, reject) => {
      request({ port, path, method, headers: condition }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body }),
        );
      })
        .on('error', reject)
        .end();
    },
  );
}

describe.each(['/api/products/1', '/api/orders/1'])('%s', (path) => {
  describe.each(['"1"', 'W/"1"', '"7", "1"', '"7" , W/"1"', '*'])(
    'is not sent again to a client that has %s',
    (tags) => {
      test.each(['GET', 'HEAD'])('by %s', async (method) => {
        const whole = await get(path, {}, method);
        const held = await get(path, { 'If-None-Match': tags }, method);
        expect([held.status, held.body]).toEqual([304, '']);
        for (const header of ['etag', 'consistency-token', 'cache-control']) {
          expect([header, held.headers[header]]).toEqual([header, whole.headers[header]]);
        }
        expect(held.headers).not.toHaveProperty('content-type');
      });

      test('by fetch', async () => {
        const { status } = await stack.http.get(path, { 'If-None-Match': tags });
        expect(status).toBe(304);
      });

      test('whatever it says of a date', async () => {
        const date = 'Thu, 01 Jan 1970 00:00:00 GMT';
        const { status } = await get(path, { 'If-None-Match': tags, 'If-Modified-Since': date });
        expect(status).toBe(304);
      });
    },
  );

  test.each(['"2"', '"01"', '1', '', '"1', 'W/1'])(
    'is sent to a client that has %p',
    async (tags) => {
      const { status, body } = await get(path, { 'If-None-Match': tags });
      expect([status, JSON.parse(body)]).toEqual([200, expect.objectContaining({ id: 1 })]);
    },
  );

  test('is a problem 412 of another version than If-Match asks for, whatever the client has', async () => {
    for (const tags of ['"2"', 'W/"1"']) {
      const { status } = await get(path, { 'If-Match': tags, 'If-None-Match': '"1"' });
      expect(status).toBe(412);
    }
    const { status } = await get(path, { 'If-Match': '"1"', 'If-None-Match': '"1"' });
    expect(status).toBe(304);
    expect((await get(path, { 'If-Match': '1' })).status).toBe(400);
  });
});

test('what is not there is a problem 404, not a 304', async () => {
  expect((await get('/api/products/99', { 'If-None-Match': '*' })).status).toBe(404);
  expect((await get('/api/orders/99', { 'If-Match': '*' })).status).toBe(404);
});

test('a changed order is sent again', async () => {
  const { body } = await stack.http.post('/api/orders', order);
  const path = `/api/orders/${String(body.id)}`;
  await stack.http.put(`${path}/status`, { status: 'SHIPPED' });
  expect((await get(path, { 'If-None-Match': '"1"' })).status).toBe(200);
  expect((await get(path, { 'If-None-Match': '"2"' })).status).toBe(304);
});

test('a change is refused that If-None-Match rules out', async () => {
  const { body } = await stack.http.post('/api/orders', order);
  const change = async (tags: string) => {
    const path = `/api/orders/${String(body.id)}/status`;
    return (await stack.http.put(path, { status: 'SHIPPED' }, { 'If-None-Match': tags })).status;
  };
  for (const tags of ['"1"', 'W/"1"', '*']) expect(await change(tags)).toBe(412);
  expect(await change('1')).toBe(400);
  expect(await change('"2"')).toBe(200);
});

test('a creation is about no version: conditions do not concern it', async () => {
  const { status } = await stack.http.post('/api/products', product, { 'If-None-Match': '*' });
  expect(status).toBe(201);
});
