import { collectGarbage } from '../src/collect-garbage';

test('what lived long and is garbage by now is given back', () => {
  const records: { id: number; text: string }[] = [];
  for (let id = 0; id < 600_000; id++) records.push({ id, text: `record ${id}` });
  collectGarbage();
  const held = process.memoryUsage().heapUsed;

  expect(records.splice(0)).toHaveLength(600_000);
  collectGarbage();

  expect(held - process.memoryUsage().heapUsed).toBeGreaterThan(20e6);
});
