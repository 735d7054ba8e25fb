import { traceparent } from '../src/http/traceparent';

const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const generated = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

describe('the trace context of a command', () => {
  test("is the client's", () => {
    expect(traceparent(valid)).toBe(valid);
  });

  test.each([
    '',
    'x',
    `${valid}-1`,
    valid.toUpperCase(),
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ])('is a new one instead of %p', (header) => {
    const fresh = traceparent(header);
    expect(fresh).toMatch(generated);
    expect(fresh).not.toBe(header);
    expect(traceparent(header)).not.toBe(fresh);
  });
});
