import { readLastRun, readTable } from './last-run';
import { allPoints, renderTable } from './table';

const points = allPoints.flatMap(([, points]) => Object.entries(points));

test.each(points)('%s was killed at, by all that passes it', (name, { passedBy }) => {
  const deaths = readLastRun().deaths.filter(({ point }) => point === name);
  const by = new Set(deaths.map((death) => death.passedBy));
  // Measure: UPDATE_CRASH_TABLE=1 npm run test:faults -- crash-matrix
  expect([...by].sort()).toEqual([...passedBy].sort());
});

test('nobody died at a failpoint that is no more', () => {
  const known = new Set(points.map(([name]) => name));
  expect(readLastRun().deaths.filter(({ point }) => !known.has(point))).toEqual([]);
});

test('the table in docs/delivery-guarantees.md says what the last run has shown', () => {
  expect(readTable()).toBe(renderTable(readLastRun()));
});
