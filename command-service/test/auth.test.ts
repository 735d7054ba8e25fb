import {
  startTemporaryIssuer,
  type TemporaryIssuer,
} from '../../local/test/support/temporary-issuer';
import { useTestService } from './support/service';

let issuer: TemporaryIssuer;
beforeAll(async () => {
  issuer = await startTemporaryIssuer();
});
const stack = useTestService(() => ({ auth: issuer.auth }));
afterAll(() => issuer.stop());

const product = { name: 'A', category: 'B', price: 1 };
const bearer = async (scope: string) => ({
  Authorization: `Bearer ${await issuer.token(scope)}`,
});
const routes: [string, string, unknown?][] = [
  ['POST', '/api/products', product],
  ['GET', '/api/products/1'],
  ['POST', '/api/orders', { customerId: 1, items: [{ productId: 1, quantity: 1, price: 1 }] }],
  ['GET', '/api/orders/1'],
  ['PUT', '/api/orders/1/status', { status: 'SHIPPED' }],
];
const send = (method: string, path: string, body: unknown, headers: Record<string, string>) =>
  stack.http.send(path, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

test.each(routes)('%s %s takes a token with commands:write, and no other', async (...route) => {
  const [method, path, body] = route;
  expect((await send(method, path, body, {})).status).toBe(401);
  for (const scope of ['analytics:read', 'admin']) {
    expect((await send(method, path, body, await bearer(scope))).status).toBe(403);
  }
  const { status } = await send(method, path, body, await bearer('commands:write'));
  expect(status).toBe(method === 'POST' ? 201 : 200);
});

test('what was refused has written nothing', async () => {
  expect(await stack.query('SELECT FROM outbox')).toHaveLength(3);
  expect(await stack.query('SELECT FROM products')).toHaveLength(1);
});

test('health is open on both listeners', async () => {
  const { adminPort } = stack.service;
  for (const path of ['/health/live', '/health/ready']) {
    expect((await stack.http.get(path)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${adminPort}${path}`)).status).toBe(200);
  }
});
