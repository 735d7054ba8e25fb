import { parseArgs } from 'node:util';
import { fail } from './fail.mjs';

const usage = `npm run test:faults [-- options]

Runs every test that breaks the whole system (tests/**/*.faults.test.ts) against the stack that
npm start starts; containers are not used. Without options: all of them, with a short fault schedule.
With options, the fault schedule only (docs/fault-suite.md):

  --minutes N     go on with new faults for N minutes
  --seed S        the schedule and workload of this seed (a whole number)
  --only FAULT    inject only this kind of fault; repeat for more
  --plant NAME    put this bug into the system first: the run must turn red
  --plants        every bug in turn: each must turn the run red
  --help          show this`;

/** @returns {{ environment: Record<string, string>, files: string[] }} for jest */
export function readFaultArguments() {
  const { minutes, seed, only, plant, plants } = parse();
  if (minutes !== undefined && !(Number(minutes) > 0)) fail(`--minutes ${minutes}\n\n${usage}`);
  if (seed !== undefined && !/^\d+$/.test(seed)) fail(`--seed ${seed}\n\n${usage}`);
  const environment = {
    ...(minutes !== undefined && { FAULTS_MINUTES: minutes }),
    ...(seed !== undefined && { FAULTS_SEED: seed }),
    ...(only !== undefined && { FAULTS_ONLY: only.join(',') }),
    ...(plant !== undefined && { FAULTS_PLANT: plant }),
    ...(plants && { FAULTS_PLANTS: 'all' }),
  };
  if (plants) return { environment, files: ['tests/faults/plants.faults.test.ts'] };
  const scheduleOnly = Object.keys(environment).length > 0;
  return { environment, files: scheduleOnly ? ['tests/faults/schedule.faults.test.ts'] : [] };
}

function parse() {
  const text = { type: 'string' };
  const options = {
    minutes: text,
    seed: text,
    only: { type: 'string', multiple: true },
    plant: text,
    plants: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  };
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    return values;
  } catch (error) {
    return fail(`${error.message}\n\n${usage}`);
  }
}
