import { idempotencyKey } from '../../src/http/headers';

test('/docs sends no example key: with a second body it would be refused', () => {
  expect(idempotencyKey.example ?? idempotencyKey.schema.example).toBeUndefined();
});
