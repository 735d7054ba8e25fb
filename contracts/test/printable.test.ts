import { printable, printableLines } from '../src/printable';

test('what would move the cursor, begin a line or turn the writing is escaped', () => {
  expect(printable('a\x1b[2J\r\nb\x7f\x9b1m\u2028\u202ec')).toBe(
    'a\\u001b[2J\\u000d\\u000ab\\u007f\\u009b1m\\u2028\\u202ec',
  );
});

test('whatever else there is stays', () => {
  const text = 'Grüße, 東京 🙂, "quoted" \\ and 100 %';
  expect(printable(text)).toBe(text);
});

test('lines that are ours stay lines', () => {
  expect(printableLines('one\ntwo\r\x1b[A')).toBe('one\ntwo\\u000d\\u001b[A');
});

test('JSON stays JSON and means the same', () => {
  const value = { type: 'a\x9b\u2028\x1b\x7f' };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});
