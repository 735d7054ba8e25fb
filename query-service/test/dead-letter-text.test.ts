import { lineOf, pageOf } from '../src/cli/dead-letter-text';

const attack = 'x\r\n\x1b[2Jdiscarded order-events/0@1\x9b1m';
const deadLetter: Parameters<typeof pageOf>[0] = {
  id: 1,
  record: 'order-events/3@17',
  state: 'open',
  aggregate: null,
  version: null,
  reason: `no such type: ${attack}`,
  parkedAt: '2026-02-27T09:00:00.000Z',
  settledAt: null,
  settledBy: null,
  settledWhy: null,
  key: attack,
  headers: { eventType: attack },
  value: attack,
  valueBase64: null,
};

test('what a record brings along can neither begin a line nor move the cursor', () => {
  expect(lineOf(deadLetter)).toMatch(/: x\\u000d\\u000a\\u001b\[2Jdiscarded .*\\u009b1m$/);
  const page = pageOf(deadLetter);
  const lines = page.split('\n');
  expect(lines).toHaveLength(10);
  expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
});
