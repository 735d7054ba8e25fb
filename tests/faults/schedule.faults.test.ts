import { checkout } from 'local/paths';
import { catalogueWith } from './catalogue';
import { kindOf } from './fault';
import type { Plant } from './plants/plant';
import { plants } from './plants/plants';
import { plantedCheckout } from './plants/planted-checkout';
import { tableOf } from './report';
import { runFaults } from './run';
import { schedule } from './schedule';
import type { Store } from './system';

const { FAULTS_MINUTES, FAULTS_SEED, FAULTS_ONLY, FAULTS_PLANT, FAULTS_STORE } = process.env;
const store: Store = FAULTS_STORE === 'postgres' ? 'postgres' : 'sqlite';
const catalogue = catalogueWith(store);
/** Another seed each day: what does not fit into one short run comes in another. */
const seed = Number(FAULTS_SEED ?? Math.floor(Date.now() / 86_400_000));
const budgetMs = FAULTS_MINUTES === undefined ? 110_000 : Number(FAULTS_MINUTES) * 60_000;
const longestHoldMs = budgetMs < 120_000 ? 3_000 : 20_000;
const wanted = FAULTS_ONLY?.split('\n');
const faults = catalogue.filter(
  ({ name }) => wanted?.some((part) => name === part || kindOf(name) === part) ?? true,
);

jest.setTimeout(budgetMs + 15 * 60_000);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

test('under random faults, alone and in pairs, every invariant holds', async () => {
  if (faults.length === 0)
    throw new Error(`no fault ${FAULTS_ONLY}; there are: ${names().join(', ')}`);
  say(`\nfault schedule of seed ${seed}, ${budgetMs / 1000} s`);
  const episodes = schedule(seed, faults, longestHoldMs);
  const planted = FAULTS_PLANT === undefined ? null : plantedCheckout(plantNamed(FAULTS_PLANT));
  const prepare = FAULTS_PLANT === undefined ? undefined : plantNamed(FAULTS_PLANT).prepare;
  const result = await runFaults({
    seed,
    episodes,
    budgetMs,
    checkout: planted?.folder ?? checkout,
    store,
    ...(prepare && { prepare }),
    say,
  });
  planted?.remove();
  say(`\n${tableOf(result)}`);
  const happened = new Set(result.fired.map(({ name }) => name));
  const not = faults.filter(({ name }) => !happened.has(name)).map(({ name }) => name);
  if (not.length > 0) say(`not in this run: ${not.join(', ')}`);
  if (result.failure !== null) {
    throw new Error(
      `${result.failure.message}\nseed ${seed}; to see it again: npm run test:faults -- --seed ${seed}\ndata and logs: ${result.kept}`,
      { cause: result.failure },
    );
  }
});

function plantNamed(name: string): Plant {
  const plant = plants.find((one) => one.name === name);
  if (plant === undefined) {
    throw new Error(`no plant ${name}; there are: ${plants.map((one) => one.name).join(', ')}`);
  }
  return plant;
}

const names = (): string[] => catalogue.map(({ name }) => name);
