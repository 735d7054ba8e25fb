import { assertPayload, ContractError, readPayload } from '../src/events';
import { HeaderError, readHeaders } from '../src/headers';

const product = {
  productId: 1,
  name: 'Laptop',
  category: 'Electronics',
  price: '500.00',
  occurredAt: '2026-02-27T09:00:00.000Z',
};

describe('the event contract', () => {
  test('a valid payload passes on both sides', () => {
    expect(() => assertPayload('ProductCreated', product)).not.toThrow();
    expect(readPayload('ProductCreated', 1, product)).toEqual(product);
  });

  test('a violation is named with its place', () => {
    expect(() => readPayload('ProductCreated', 1, { ...product, price: 500 })).toThrow(
      /ProductCreated version 1: \/price must be string/,
    );
  });

  test('an unknown field is refused', () => {
    expect(() => readPayload('ProductCreated', 1, { ...product, colour: 'red' })).toThrow(
      ContractError,
    );
  });

  test('a schema version newer than this code is refused', () => {
    expect(() => readPayload('ProductCreated', 2, product)).toThrow(/newer than 1/);
  });
});

describe('event headers', () => {
  const headers = {
    id: Buffer.from('0198c5a0-0000-7000-8000-000000000001'),
    eventType: Buffer.from('OrderCreated'),
    aggregateVersion: Buffer.from('1'),
    schemaVersion: Buffer.from('1'),
    sourceId: Buffer.from('5a1f0000-0000-4000-8000-000000000001'),
    traceparent: null,
  };

  test('are read from the text that the relay writes', () => {
    expect(readHeaders(headers)).toEqual({
      id: '0198c5a0-0000-7000-8000-000000000001',
      eventType: 'OrderCreated',
      aggregateVersion: 1,
      schemaVersion: 1,
      sourceId: '5a1f0000-0000-4000-8000-000000000001',
      traceparent: null,
    });
  });

  test.each(['id', 'eventType', 'aggregateVersion', 'schemaVersion', 'sourceId'])(
    'a record without %s is refused',
    (name) => {
      expect(() => readHeaders({ ...headers, [name]: undefined })).toThrow(
        new HeaderError(`header ${name} is missing`),
      );
    },
  );

  test.each(['0', '-1', '1.5', 'x', '1e3', '0x10', ' 1 ', '+1', '1\n', '١', '9007199254740992'])(
    'a version %p is refused',
    (version) => {
      for (const name of ['aggregateVersion', 'schemaVersion']) {
        expect(() => readHeaders({ ...headers, [name]: Buffer.from(version) })).toThrow(
          HeaderError,
        );
      }
    },
  );
});
