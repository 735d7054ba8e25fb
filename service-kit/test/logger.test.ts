import { createLogger } from '../src/logger';

function logged(object: object): string {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line: string) => void lines.push(line) });
  logger.info(object, 'something happened');
  return lines.join('');
}

test.each<object>([
  { password: 's3cret' },
  { config: { user: 'relay', password: 's3cret' } },
  { request: { headers: { authorization: 'Bearer s3cret' } } },
  { request: { headers: { Cookie: 'session=s3cret' } } },
  { err: Object.assign(new Error('duplicate key'), { detail: 'Key (name)=(s3cret) exists.' }) },
  { err: Object.assign(new Error('failed'), { parameters: ['s3cret'], query: 'INSERT …' }) },
])('what may be a secret or what a client sent is blotted out of %j', (object) => {
  expect(logged(object)).toContain('[redacted]');
  expect(logged(object)).not.toContain('s3cret');
});

test('a line says which process it is of, when and what', () => {
  const line = JSON.parse(logged({ topic: 'orders' })) as Record<string, unknown>;
  expect(line).toMatchObject({
    level: 30,
    name: 'test',
    msg: 'something happened',
    topic: 'orders',
  });
  expect(line.time).toBeGreaterThan(0);
});
