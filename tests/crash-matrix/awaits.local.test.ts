import { findUnmarked, passedKeys } from './awaits';
import { exemptions, paths, primitives } from './paths';
import { failpoints as ofCommandService } from '../../command-service/src/failpoints';
import { failpoints as ofRelayKeeper } from '../../debezium/src/failpoints';
import {
  failpoints as ofQueryService,
  rebuildFailpoints,
} from '../../query-service/src/failpoints';

jest.setTimeout(180_000);

test('each await of the outside world on the way of a command, a batch or a repair is followed by a failpoint', () => {
  const { unmarked, stale } = findUnmarked(paths, primitives, exemptions);
  const lines = unmarked.map(({ file, line, call }) => `${file}:${line} ${call}`);
  // Mark it, and give the new failpoint its row in the matrix; or say in paths.ts why it needs none.
  expect(lines).toEqual([]);
  expect(stale).toEqual([]);
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
