import { findStatements, findUnmarked, passedKeys } from './awaits';
import { commandPoints } from './command-points';
import { keeperPoints } from './keeper-points';
import { exemptions, onlyRead, paths, primitives } from './paths';
import { failpoints as ofCommandService } from '../../command-service/src/failpoints';
import { failpoints as ofRelayKeeper } from '../../debezium/src/failpoints';
import {
  failpoints as ofQueryService,
  rebuildFailpoints,
} from '../../query-service/src/failpoints';

test('each await of the outside world on the way of a command, a batch or a repair is followed by a failpoint', () => {
  const { unmarked, stale } = findUnmarked(paths, primitives, exemptions);
  // Mark it, and give the new failpoint its row in the matrix; or say in paths.ts why it needs none.
  expect(unmarked).toEqual([]);
  expect(stale).toEqual([]);
});

test('each SQL statement of the command service and of the relay keeper is a point of the matrix, and has its name alone', () => {
  const { names, nameless } = findStatements(['command-service/src', 'debezium/src']);
  const steps = Object.values<string>({ ...ofCommandService, ...ofRelayKeeper });
  const points = [...Object.keys({ ...commandPoints, ...keeperPoints }), ...onlyRead];
  expect(points.filter((point) => !steps.includes(point)).sort()).toEqual(names.sort());
  // One that hands on what it was given.
  expect(nameless).toEqual([
    expect.stringMatching(/^command-service\/src\/transaction\.ts:\d+ sql$/),
  ]);
});

test.each([
  ['command-service', ofCommandService],
  ['query-service', ofQueryService],
  ['query-service', rebuildFailpoints],
  ['debezium', ofRelayKeeper],
])('each failpoint of the %s is passed by its code', (folder, failpoints) => {
  const passed = passedKeys(`${folder}/src`);
  expect(Object.keys(failpoints).filter((key) => !passed.has(key))).toEqual([]);
});
