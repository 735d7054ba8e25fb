import { newClusterId } from '../src/parts/kafka';

test('no cluster id looks like an option of the tool that gets it', () => {
  const ids = Array.from({ length: 5_000 }, newClusterId);
  expect(ids.filter((id) => id.startsWith('-'))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});
