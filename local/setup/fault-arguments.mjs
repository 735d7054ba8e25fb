import { parseArgs } from 'node:util';
import { fail } from './fail.mjs';

const usage = `npm run test:faults [-- options] [files]

Runs every test that breaks the whole system (tests/**/*.faults.test.ts) against the stack that
npm start starts; containers are not used. Without options: all of them, with a short fault schedule, or
those whose path holds one of the given words (crash-matrix).
With options, the fault schedule only (docs/fault-suite.md):

  --minutes N     go on with new faults for N minutes
  --seed S        the schedule and workload of this seed (a whole number)
  --only FAULT    inject only this kind of fault; repeat for more
  --store STORE   views in sqlite (the default), or in postgres, shared by two members
  --plant NAME    put this bug into the system first: the run must turn red
  --plants        every bug in turn: each must turn the run red
  --short         what CI runs: a short schedule, always the same, and one bug
  --help          show this`;

/** @param {string[]} args @returns {{ environment: Record<string, string>, files: string[] }} for jest */
export function readFaultArguments(args) {
  const { words, short, minutes, seed, only, store, plant, plants } = parse(args);
  if (minutes !== undefined && !(Number(minutes) > 0)) fail(`--minutes ${minutes}\n\n${usage}`);
  if (seed !== undefined && !/^\d+$/.test(seed)) fail(`--seed ${seed}\n\n${usage}`);
  if (store !== undefined && !['sqlite', 'postgres'].includes(store)) {
    fail(`--store ${store}\n\n${usage}`);
  }
  const environment = {
    ...(minutes !== undefined && { FAULTS_MINUTES: minutes }),
    ...(seed !== undefined && { FAULTS_SEED: seed }),
    ...(only !== undefined && { FAULTS_ONLY: only.join('\n') }),
    ...(store !== undefined && { FAULTS_STORE: store }),
    ...(plant !== undefined && { FAULTS_PLANT: plant }),
    ...(plants && { FAULTS_PLANTS: 'all' }),
  };
  const [schedule, plantsOnly] = ['schedule', 'plants'].map(
    (name) => `tests/faults/${name}.faults.test.ts`,
  );
  if (short) {
    return {
      environment: { FAULTS_SEED: '1', FAULTS_MINUTES: '1', FAULTS_PLANTS: 'one' },
      files: [schedule, plantsOnly],
    };
  }
  if (plants) return { environment, files: [plantsOnly] };
  return { environment, files: Object.keys(environment).length > 0 ? [schedule] : words };
}

function parse(args) {
  const text = { type: 'string' };
  const options = {
    minutes: text,
    seed: text,
    only: { type: 'string', multiple: true },
    store: text,
    plant: text,
    plants: { type: 'boolean' },
    short: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  };
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    return { ...values, words: positionals };
  } catch (error) {
    return fail(`${error.message}\n\n${usage}`);
  }
}
