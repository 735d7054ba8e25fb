import { fingerprint, readKey } from '../../src/idempotency/keyed-request';

const uuid = '8e03978e-40d5-43dd-bc93-6894a57f9324';

describe('an Idempotency-Key', () => {
  test.each([
    ['a quoted string', `"${uuid}"`, uuid],
    ['the same without quotes', uuid, uuid],
    ['one character', '"x"', 'x'],
    ['255 characters', `"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    ['white space around it', ` "${uuid}" `, uuid],
    ['escapes', '"a\\"b\\\\c"', 'a"b\\c'],
    [
      'every visible character',
      '"!#$%&\'()*+,-./:;<=>?@[]^_`{|}~"',
      "!#$%&'()*+,-./:;<=>?@[]^_`{|}~",
    ],
    ['SQL', "'; DELETE FROM outbox", undefined],
    ['SQL in quotes', '"\';DELETE/**/FROM/**/outbox--"', "';DELETE/**/FROM/**/outbox--"],
    ['base64', 'YWJj+/8=', 'YWJj+/8='],
  ])('%s', (_, header, key) => {
    if (key === undefined) expect(() => readKey(header)).toThrow(/400/);
    else expect(readKey(header)).toBe(key);
  });

  test('may be absent', () => expect(readKey(undefined)).toBeUndefined());

  test.each<[string, string | string[]]>([
    ['empty', ''],
    ['empty quotes', '""'],
    ['256 characters', `"${'x'.repeat(256)}"`],
    ['256 bare characters', 'x'.repeat(256)],
    ['a space in it', '"a b"'],
    ['a bare space', 'a b'],
    ['two keys', '"a", "b"'],
    ['two bare keys', 'a,b'],
    ['two headers', ['a', 'b']],
    ['parameters', '"a";b=1'],
    ['an open quote', '"a'],
    ['a quote in it', 'a"b'],
    ['a lone backslash', '"a\\b"'],
    ['no ASCII', '"é"'],
    ['a tab', '"a\tb"'],
  ])('%s is refused', (_, header) => expect(() => readKey(header)).toThrow(/^400 Idempotency-Key/));
});

describe('the fingerprint of a body', () => {
  const of = (json: string) => fingerprint(JSON.parse(json)).toString('hex');
  const body = '{"customerId":1,"items":[{"productId":1,"quantity":2,"price":500}]}';

  test.each([
    ['white space', ' {"customerId":1, "items":[ {"productId":1,"quantity":2,"price":500}]}\n'],
    ['order of members', '{"items":[{"price":500,"quantity":2,"productId":1}],"customerId":1}'],
    ['spelling of numbers', body.replace('500', '5.00e2').replace('2', '2.0')],
    ['escapes', body.replace('items', '\\u0069tems')],
  ])('does not depend on %s', (_, same) => expect(of(same)).toBe(of(body)));

  test.each([
    ['a value', body.replace('500', '500.01')],
    ['a type', body.replace('500', '"500"')],
    ['a member more', body.replace('"items"', '"placedAt":"2026-02-27T09:15:00Z","items"')],
    ['an item more', body.replace('}]', '},{"productId":1,"quantity":2,"price":500}]')],
  ])('depends on %s', (_, other) => expect(of(other)).not.toBe(of(body)));

  test('depends on the order of items', () => expect(of('[1,2]')).not.toBe(of('[2,1]')));
});
