import { readLastRun, readTable } from './last-run';
import { allPoints, missing, renderTable } from './table';

// Measure anew: UPDATE_CRASH_TABLE=1 npm run test:faults -- crash-matrix

test('each failpoint was killed at, by all that passes it', () => {
  expect(missing(readLastRun().deaths)).toEqual([]);
});

test('nobody died at a failpoint that is no more', () => {
  const known = new Set(allPoints.flatMap(([, points]) => Object.keys(points)));
  expect(readLastRun().deaths.filter(({ point }) => !known.has(point))).toEqual([]);
});

test('the table in docs/delivery-guarantees.md says what the last run has shown', () => {
  expect(readTable()).toBe(renderTable(readLastRun()));
});
