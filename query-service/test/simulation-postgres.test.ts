import fc from 'fast-check';
import { plan } from './simulation/plan';
import { openPostgresTarget, type PostgresTarget } from './simulation/postgres-target';
import { settings } from './simulation/settings';
import { simulate } from './simulation/simulate';

jest.setTimeout(15 * 60_000);

let target: PostgresTarget;
beforeAll(async () => {
  target = await openPostgresTarget();
});
afterAll(() => target.close());

/** A history takes ten times as long as in SQLite: its statements go to another process, one by one. */
const numRuns = Math.ceil(settings.numRuns / 10);

test('any history ends in PostgreSQL, too, in the views that the contract promises', async () => {
  process.stdout.write(`simulation: ${numRuns} histories, seed ${settings.seed}\n`);
  await fc.assert(
    fc.asyncProperty(plan, (history) => simulate(history, target)),
    { ...settings, numRuns },
  );
});
