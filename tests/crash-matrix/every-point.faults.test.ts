import { type BatchDeath, batchDeaths, BatchMatrix } from './batch-deaths';
import {
  commandDeaths,
  dieInCommand,
  dieInPurge,
  dieInReemit,
  reemitDeaths,
} from './command-deaths';
import { keeperDeaths, KeeperMatrix, purging } from './keeper-deaths';
import { inLanes } from './lanes';
import type { Death } from './point';
import { expectEqual } from './equal';
import { type CommandService, type QueryService, Servers } from './servers';
import { writeLastRun } from './last-run';
import { missing } from './table';

jest.setTimeout(1_500_000);

const replicaCount = 8;
const began = performance.now();
const deaths: Death[] = [];

/** Commands and the keeper on one set of servers, batches on another, so that neither disturbs the other. */
let ofCommands: Servers;
let ofBatches: Servers;
let views: QueryService;
let keeper: KeeperMatrix;
let batches: BatchMatrix;
let commandResults: Promise<Death>[];
let reemitResults: Promise<Death>[];
let purgeResult: Promise<Death>;
let batchesDone: Promise<void>;

beforeAll(async () => {
  [ofCommands, ofBatches] = await Promise.all([Servers.start(), Servers.start()]);
  const [{ done }] = await Promise.all([startBatches(), startCommands()]);
  batchesDone = done;
});

afterAll(async () => {
  await Promise.all([ofCommands?.stop(), ofBatches?.stop()]);
  if (process.env.UPDATE_CRASH_TABLE === '1') {
    expect(missing(deaths)).toEqual([]);
    writeLastRun(deaths, performance.now() - began);
  }
});

describe('a command is killed, its client repeats it, and it has happened once', () => {
  test.each(commandDeaths.map((death, at) => ({ ...death, at })))(
    'at $point, by: $passedBy',
    async ({ at }) => note(await commandResults[at]),
  );
  test.each(reemitDeaths.map((death, at) => ({ ...death, at })))(
    'at $point, by: $passedBy',
    async ({ at }) => note(await reemitResults[at]),
  );
  test('in the purge of expired keys', async () => note(await purgeResult));

  test('and the views equal PostgreSQL', async () => {
    await expectEqual(views.admin, ofCommands);
  });
});

describe('a query service is killed, and its views come to equal PostgreSQL', () => {
  beforeAll(() => batchesDone);
  test.each(batchDeaths)('at $point, by: $passedBy', (death: BatchDeath) => {
    const all = batches.deathsOf(death);
    expect(all.length).toBeGreaterThan(0);
    all.forEach(note);
  });
});

describe('the relay keeper is killed, and the relay goes on', () => {
  beforeAll(async () => {
    await Promise.allSettled([...commandResults, ...reemitResults, purgeResult]);
    const commands = await ofCommands.commandService('of-the-keeper');
    await commands.start();
    await keeper.run(commands, views);
  });
  test.each(keeperDeaths)('at %s', (point) => note(keeper.deathAt(point)));
});

function note(death: Death | undefined): void {
  if (death === undefined) throw new Error('no result');
  deaths.push(death);
}

async function startCommands(): Promise<void> {
  keeper = new KeeperMatrix(
    ofCommands,
    await ofCommands.relayKeeper(),
    await ofCommands.relayKeeper(purging),
  );
  const keysPurger = await ofCommands.commandService('purges-keys');
  const alive = await ofCommands.commandService('alive');
  const mortal = [await ofCommands.commandService('one'), await ofCommands.commandService('two')];
  views = await ofCommands.queryService('views');
  // Start it before the other services that delete expired keys, so that it deletes first.
  await keysPurger.start();
  await createProduct(keysPurger);
  purgeResult = dieInPurge(ofCommands, keysPurger);
  purgeResult.catch(() => undefined);
  await Promise.all([keeper.firstStarts(), ...mortal.map((one) => one.start()), alive.start()]);
  await views.start();
  commandResults = inLanes(mortal, commandDeaths, (service, death) =>
    dieInCommand(ofCommands, service, views.admin, death),
  );
  reemitResults = inLanes([alive], reemitDeaths, (service, death) =>
    dieInReemit(ofCommands, service, views.admin, death),
  );
}

async function startBatches(): Promise<{ done: Promise<void> }> {
  const relayKeeper = await ofBatches.relayKeeper();
  const commands = await ofBatches.commandService('commands');
  const replicas: QueryService[] = [];
  for (let i = 1; i <= replicaCount; i++) {
    replicas.push(await ofBatches.queryService(`replica-${i}`));
  }
  await Promise.all([relayKeeper.start(), commands.start()]);
  await Promise.all(replicas.map((replica) => replica.start()));
  await createProduct(commands);
  for (const { admin } of replicas) await expectEqual(admin, ofBatches);
  batches = new BatchMatrix(ofBatches, replicas, commands);
  return { done: batches.run() };
}

async function createProduct({ url }: CommandService): Promise<void> {
  const answer = await fetch(`${url}/api/products`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Laptop', category: 'Electronics', price: 500 }),
  });
  expect(answer.status).toBe(201);
}
