import fc from 'fast-check';
import { plan } from './simulation/plan';
import { settings } from './simulation/settings';
import { simulate, type Target } from './simulation/simulate';
import { openSqliteTarget } from './simulation/sqlite-target';

jest.setTimeout(15 * 60_000);

let target: Target;
beforeAll(async () => {
  target = await openSqliteTarget();
});
afterAll(() => target.close());

// All of it is the real code: decode, fold, the views' SQL, SQLite. Only Kafka is played.
test('any history, however written, read and interrupted, ends in the views that the contract promises', async () => {
  process.stdout.write(`simulation: ${settings.numRuns} histories, seed ${settings.seed}\n`);
  await fc.assert(
    fc.asyncProperty(plan, (history) => simulate(history, target)),
    settings,
  );
});
