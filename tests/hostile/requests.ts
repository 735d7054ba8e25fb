import type { Random } from './random';
import * as http from './http';

/** Bytes that no well-behaved client sends, and what may come of them. */
export interface HostileRequest {
  readonly kind: string;
  readonly bytes: Buffer;
  /** Every answer has one of these statuses. */
  readonly statuses: readonly number[];
  /** Whether the connection may end without an answer. */
  readonly maySayNothing?: boolean;
  /**
   * What the sender does when it has sent them: closes its side, or hangs up without waiting for an answer. Otherwise
   * the service ends the connection.
   */
  readonly then?: 'ends' | 'hangs up';
}

type Kind = (random: Random) => Omit<HostileRequest, 'kind'>;

const refused = (bytes: Buffer, ...statuses: number[]) => ({ bytes, statuses });
const product = { name: 'Hostile', category: 'Hostile', price: 1 };
const order = { customerId: 1, items: [{ productId: 1, quantity: 1, price: 1 }] };
const creations = [
  ['/api/products', product],
  ['/api/orders', order],
] as const;
const period = 'start=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z';
const queries = [
  '/api/analytics/products/1/sales',
  '/api/analytics/categories/Hostile/revenue',
  `/api/analytics/hourly-sales?${period}`,
  `/api/analytics/top-products?${period}`,
  '/api/analytics/orders-by-status',
];
const notText = [null, true, 7, [], {}, '', ' '.repeat(201), '\0'];
const notNumbers = [null, false, '1', [], {}, -1, 0.001, 1e300];
const noIds = ['0', '-1', '1.5', 'x', '%00', '9'.repeat(300), "1'--", '%D9%A1'];

/** The kinds that both services get, for one of their good paths. */
const onTheWire = (good: (random: Random) => string): Record<string, Kind> => ({
  'no HTTP': (random) => ({
    ...refused(
      random.of([
        Buffer.from('hello\r\n\r\n'),
        // A TLS ClientHello, and HTTP/2 in the clear.
        Buffer.from('160301020001000001fc0303', 'hex'),
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        random.bytes(1 + random.below(2_000)),
      ]),
      400,
      431,
      505,
    ),
    maySayNothing: true,
    then: 'ends',
  }),
  'a bad request line': (random) =>
    refused(
      Buffer.from(
        random.of([
          `FETCH ${good(random)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
          `GET ${good(random)}\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
          `GET ${good(random)} HTTP/1.1\r\nConnection: close\r\n\r\n`,
        ]),
      ),
      400,
    ),
  'another version': (random) =>
    refused(
      Buffer.from(`GET ${good(random)} ${random.of(['HTTP/2.0', 'HTTP/9.9', 'HTTP/0.9'])}\r\n\r\n`),
      505,
    ),
  'another host': (random) =>
    refused(
      Buffer.from(
        `GET ${good(random)} HTTP/1.1\r\nHost: ${random.of(['evil.example', 'localhost.evil.example:8080', '10.1.2.3'])}\r\nConnection: close\r\n\r\n`,
      ),
      421,
    ),
  'a field twice': (random) =>
    refused(
      http.get(
        good(random),
        random.of([['Host: localhost'], ['Content-Type: a/b', 'content-type: a/b']]),
      ),
      400,
    ),
  'another transfer coding': (random) =>
    refused(http.raw('POST', good(random), ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'), 501),
  'a page of another site': (random) =>
    refused(
      http.post(good(random), '{}', [
        random.of(['Origin: http://evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site']),
      ]),
      403,
    ),
  'a bad header': (random) =>
    refused(
      http.get(good(random), [random.of(['No colon', 'A: \0', 'A B: c', 'A: \x7f', ': x'])]),
      400,
    ),
  'oversized headers': (random) =>
    refused(
      http.get(
        good(random),
        random.of([
          [`A: ${'x'.repeat(16_384 + random.below(20_000))}`],
          Array.from({ length: 1_500 }, (_, i) => `Header-${i}: ${i}`),
        ]),
      ),
      431,
    ),
  'a long address': (random) =>
    refused(http.get(`${good(random)}?${'x'.repeat(8_193 + random.below(20_000))}`), 414, 431),
  'a bad method': (random) =>
    refused(http.request(random.of(['PATCH', 'DELETE', 'PROPFIND', 'TRACE']), good(random)), 405),
  'a bad length': (random) =>
    refused(
      http.raw('POST', good(random), [
        `Content-Length: ${random.of(['-1', 'x', '1e3', '18446744073709551616', '2, 3'])}`,
      ]),
      400,
    ),
  'a length and chunks': (random) =>
    refused(
      http.raw('POST', good(random), ['Content-Length: 2', 'Transfer-Encoding: chunked'], '{}'),
      400,
    ),
  'an expectation': (random) =>
    refused(http.raw('POST', good(random), ['Expect: more', 'Content-Length: 2'], '{}'), 417),
  'an unknown path': (random) =>
    refused(
      http.get(
        random.of([
          `/${random.text(1 + random.below(1_000))}`,
          '/%zz',
          '/%c0%ae%c0%ae/%00',
          '/../../../../etc/passwd',
          '//evil.example/',
          'http://evil.example/nothing',
          '/api',
          '/api/analytics/',
          '/__proto__',
          '/api/orders/constructor',
        ]),
      ),
      400,
      404,
      421,
    ),
  'garbage behind good requests': (random) =>
    refused(
      Buffer.concat([
        ...Array<Buffer>(1 + random.below(5)).fill(http.keptAlive('/health/live')),
        Buffer.from('garbage\r\n\r\n'),
      ]),
      200,
      400,
    ),
});

const ofCommands: Record<string, Kind> = {
  ...onTheWire((random) => random.of(creations)[0]),
  'broken JSON': (random) => {
    const [path, body] = random.of(creations);
    const text = JSON.stringify(body);
    return refused(
      http.post(
        path,
        random.of([
          text.slice(0, random.below(text.length)),
          `${text}}`,
          text.replaceAll('"', "'"),
          text.replace(':', ''),
          `\uFEFF\uFEFF${text}`,
          'NaN',
        ]),
      ),
      400,
    );
  },
  'a wrong type': (random) =>
    refused(
      random.of([
        http.json('/api/products', {
          ...product,
          [random.of(['name', 'category'])]: random.of(notText),
        }),
        http.json('/api/products', { ...product, price: random.of([...notNumbers, 1e6]) }),
        http.json('/api/orders', { ...order, customerId: random.of([...notNumbers, 0]) }),
        http.json('/api/orders', { ...order, items: random.of([null, {}, [], [[]], [null], 'x']) }),
        http.json('/api/orders', {
          ...order,
          items: [
            { ...order.items[0], [random.of(['productId', 'quantity'])]: random.of(notNumbers) },
          ],
        }),
        http.json('/api/orders', {
          ...order,
          placedAt: random.of([7, '', 'now', '2026-02-30T00:00:00Z']),
        }),
        http.json(random.of(creations)[0], random.of([null, 7, 'x', [], [product], {}])),
      ]),
      400,
    ),
  'a huge number': (random) => {
    const number = random.of(['1e400', '-1e400', '9'.repeat(400), '9007199254740993', '1e308']);
    return refused(
      random.of([
        http.post('/api/products', `{"name":"Hostile","category":"Hostile","price":${number}}`),
        http.post(
          '/api/orders',
          `{"customerId":${number},"items":[{"productId":1,"quantity":1,"price":1}]}`,
        ),
        http.post(
          '/api/orders',
          `{"customerId":1,"items":[{"productId":1,"quantity":${number},"price":1}]}`,
        ),
      ]),
      400,
    );
  },
  'deep nesting': (random) => {
    const depth = 1_000 + random.below(40_000);
    return refused(
      http.post(
        random.of(creations)[0],
        random.of([
          '['.repeat(depth),
          `${'['.repeat(depth)}${']'.repeat(depth)}`,
          `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
        ]),
      ),
      400,
    );
  },
  'many members': (random) => {
    const members = Array.from({ length: 2_000 }, (_, i) => [`${random.text(5)}${i}`, i]);
    return refused(http.json(random.of(creations)[0], Object.fromEntries(members)), 400);
  },
  'names of JavaScript': (random) =>
    refused(
      http.post(
        random.of(creations)[0],
        random.of([
          '{"__proto__":{"price":1},"constructor":{"prototype":{"price":1}}}',
          '{"name":"Hostile","category":"Hostile","price":1,"__proto__":{"polluted":true}}',
          '{"toString":1,"hasOwnProperty":2,"length":-1}',
        ]),
      ),
      400,
    ),
  'an oversized body': (random) => {
    const path = random.of(creations)[0];
    const body = Buffer.alloc(262_145 + random.below(50_000), 'x');
    return {
      ...refused(
        random.of([
          http.post(path, body),
          http.chunked(path, body),
          // Announced only.
          http.raw(
            'POST',
            path,
            ['Content-Type: application/json', 'Content-Length: 1000000000'],
            '{',
          ),
        ]),
        413,
      ),
      // It was still sending when the connection ended.
      maySayNothing: true,
    };
  },
  'a bad encoding': (random) => {
    const [path, body] = random.of(creations);
    const text = JSON.stringify(body);
    const invalid = Buffer.from(text);
    invalid[text.indexOf('"') + 1] = 0xff;
    return random.of([
      refused(http.post(path, invalid), 400),
      refused(http.post(path, Buffer.from(text, 'utf16le')), 400),
      refused(http.post(path, text, ['Content-Encoding: gzip']), 415),
      refused(http.post(path, text, [], 'application/json; charset=utf-16'), 415),
      refused(
        http.post(path, text, [], random.of(['text/plain', 'application/xml', 'x', ''])),
        415,
      ),
    ]);
  },
  'a bad chunk': (random) =>
    refused(
      http.raw(
        'POST',
        random.of(creations)[0],
        ['Content-Type: application/json', 'Transfer-Encoding: chunked'],
        `${random.of(['zz', 'ffffffffffffffffff', '-2', '2\r\n{}garbage', ''])}\r\n{}`,
      ),
      400,
    ),
  'a bad condition or key': (random) =>
    random.of([
      refused(http.json('/api/products', product, ['Idempotency-Key: no string']), 400),
      refused(
        http.json('/api/products', product, [`Idempotency-Key: "${'x'.repeat(1_000)}"`]),
        400,
      ),
      refused(http.put('/api/orders/1/status', '{"status":"SHIPPED"}', ['If-Match: no tag']), 400),
      refused(http.put('/api/orders/1/status', '{"status":"LOST"}'), 400),
      refused(http.put(`/api/orders/${random.of(noIds)}/status`, '{"status":"SHIPPED"}'), 400, 404),
      refused(http.get(`/api/products/${random.of(noIds)}`), 404),
    ]),
  'a body that ends early': (random) => {
    const [path, body] = random.of(creations);
    const whole = http.json(path, body);
    const bytes = whole.subarray(0, 1 + random.below(whole.length - 1));
    return random.of([
      { bytes, statuses: [400], maySayNothing: true, then: 'ends' },
      { bytes, statuses: [], maySayNothing: true, then: 'hangs up' },
    ]);
  },
};

const ofQueries: Record<string, Kind> = {
  ...onTheWire((random) => random.of(queries).replace(/\?.*/, '')),
  'a bad period': (random) =>
    refused(
      http.get(
        `/api/analytics/${random.of(['hourly-sales', 'top-products', 'categories/Hostile/revenue-over-time'])}?` +
          random.of([
            '',
            'start=x&end=y',
            `start[]=2026-02-27T00:00:00Z&end=2026-02-28T00:00:00Z`,
            'start=2026-02-30T00:00:00Z&end=2026-03-01T00:00:00Z',
            'start=2026-02-28T00:00:00Z&end=2026-02-27T00:00:00Z',
            `start=${random.text(1_000)}&__proto__=1`,
            `${period}&${period}`,
          ]),
      ),
      400,
      422,
    ),
  'a bad parameter': (random) =>
    refused(
      http.get(
        `/api/analytics/hourly-sales?${period}&` +
          random.of([
            'limit=1e9',
            'limit=-1',
            'limit=',
            'after=x',
            'after=1:1:1',
            'productId=0x1',
            `limit=${'9'.repeat(3_000)}`,
          ]),
      ),
      400,
    ),
  'a bad id': (random) =>
    refused(
      http.get(
        `/api/analytics/${random.of(['products/#/sales', 'customers/#/totals']).replace('#', random.of(noIds))}`,
      ),
      404,
    ),
  'an unknown category': (random) =>
    refused(
      http.get(
        `/api/analytics/categories/${random.of(['%25', "'%20OR%201=1", random.text(3_000), '%E0%A4%A'])}/revenue`,
      ),
      404,
      400,
    ),
  'a bad token': (random) =>
    refused(
      http.get(random.of(queries), [
        `Consistency-Token: ${random.of(['', 'x', 'order:0@1', 'order:1@1,', `order:${'9'.repeat(2_000)}@1`, 'order:1@1,'.repeat(500)])}`,
        `Prefer: wait=${random.of(['99999999999', '-1', 'x', '2'])}`,
      ]),
      400,
    ),
  'a body that nobody asked for': (random) =>
    refused(http.json(random.of(queries), Array<number>(random.below(5_000)).fill(7)), 405),
};

const kinds = { commands: Object.entries(ofCommands), queries: Object.entries(ofQueries) };

/** The kinds of requests for a service. */
export const kindsOf = (service: keyof typeof kinds): string[] =>
  kinds[service].map(([kind]) => kind);

/** One of them. */
export function hostileRequest(service: keyof typeof kinds, random: Random): HostileRequest {
  const [kind, make] = random.of(kinds[service]);
  return { kind, ...make(random) };
}
