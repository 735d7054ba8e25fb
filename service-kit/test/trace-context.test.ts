import { formatTraceparent, newTrace, parseTraceparent } from '../src/trace-context';

const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test("a client's traceparent comes out as it went in", () => {
  const parsed = parseTraceparent(valid);
  expect(parsed?.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(parsed && formatTraceparent(parsed)).toBe(valid);
});

test.each([
  '',
  'x',
  `${valid}-1`,
  valid.toUpperCase(),
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
])('%p is no traceparent', (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test('a new trace is another one each time, and says that nobody records it', () => {
  expect(formatTraceparent(newTrace())).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(newTrace().traceId).not.toBe(newTrace().traceId);
});
