import fc from 'fast-check';
import type * as Changes from '../src/model/changes';
import type * as Event from '../src/model/event';
import { plan } from './simulation/plan';
import { bugs, plant, withPlanted } from './simulation/planted';
import { settings } from './simulation/settings';
import { Difference, simulate, type Target } from './simulation/simulate';
import { openSqliteTarget } from './simulation/sqlite-target';

// The real functions, in which the test plants a defect: to see that the simulation can fail.
jest.mock('../src/model/changes', () => {
  const real = jest.requireActual<typeof Changes>('../src/model/changes');
  const fold = withPlanted.fold(real.fold);
  const foldInPieces: typeof Changes.foldInPieces = function* (events, known) {
    yield;
    return fold(events, known);
  };
  return { ...real, foldInPieces };
});
jest.mock('../src/model/event', () => {
  const real = jest.requireActual<typeof Event>('../src/model/event');
  return { ...real, decode: withPlanted.decode(real.decode) };
});

jest.setTimeout(5 * 60_000);

let target: Target;
beforeAll(async () => {
  target = await openSqliteTarget();
});
afterAll(() => target.close());
afterEach(() => plant({}));

const search = (numRuns: number) =>
  fc.check(
    fc.asyncProperty(plan, (history) =>
      simulate(history, { ...target, store: withPlanted.store(target.store) }),
    ),
    { seed: settings.seed, numRuns, endOnFailure: true },
  );

describe('the simulation finds', () => {
  test.each(Object.entries(bugs))('%s', async (_, bug) => {
    plant(bug);

    const found = await search(settings.numRuns);

    expect(found.errorInstance).toBeInstanceOf(Difference);
  });

  test('nothing where nothing is planted', async () => {
    expect(await search(100)).toMatchObject({ failed: false });
  });
});
