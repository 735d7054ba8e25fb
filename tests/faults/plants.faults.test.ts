import { plants } from './plants/plants';
import { notFound, runPlant } from './plants/run-plant';

const { FAULTS_PLANTS } = process.env;
/** Each of them costs a start of the whole system: all of them by `npm run test:faults -- --plants`. */
const cheap = ['no-version-check', 'key-not-stored', 'float-money'];
const chosen = {
  all: plants,
  some: plants.filter(({ name }) => cheap.includes(name)),
  one: plants.filter(({ name }) => name === 'key-not-stored'),
}[FAULTS_PLANTS ?? 'some'];
if (chosen === undefined) throw new Error(`FAULTS_PLANTS: all, some or one, not ${FAULTS_PLANTS}`);

jest.setTimeout(15 * 60_000);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

test.each(chosen.map((plant) => [plant.name, plant.bug, plant] as const))(
  'the suite finds %s: %s',
  async (name, _, plant) => {
    const result = await runPlant(plant, say);
    say(`  plant ${name}: ${result.failure?.message ?? 'not found'}`);
    expect(notFound(plant, result)).toBeNull();
  },
);
