import {
  commandDeaths,
  dieInCommand,
  dieInPurge,
  dieInReemit,
  reemitDeaths,
} from './command-deaths';
import { inLanes } from './lanes';
import type { Death } from './point';
import { type CommandService, type QueryService, Servers } from './servers';
import { reconcile } from 'reconcile/reconcile';

jest.setTimeout(600_000);

let servers: Servers;
let views: QueryService;
const commandServices: CommandService[] = [];
let commands: Promise<Death>[];
let reemits: Promise<Death>[];
let purge: Promise<Death>;

beforeAll(async () => {
  servers = await Servers.start();
  const keeper = await servers.relayKeeper();
  views = await servers.queryService('views');
  await keeper.launch();
  for (const name of ['command-1', 'command-2', 'command-purge', 'command-alive']) {
    commandServices.push(await servers.commandService(name));
  }
  // Of all services that delete expired keys, its turn comes first.
  await commandServices[2]?.start();
  await Promise.all(
    [keeper, views, ...commandServices].map((process) =>
      process.lives ? process.untilReady() : process.start(),
    ),
  );
  const [one, two, purging, alive] = commandServices as [
    CommandService,
    CommandService,
    CommandService,
    CommandService,
  ];
  await fetch(`${one.url}/api/products`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Laptop', category: 'Electronics', price: 500 }),
  });
  purge = dieInPurge(servers, purging);
  purge.catch(() => undefined);
  commands = inLanes([one, two], commandDeaths, (service, death) =>
    dieInCommand(servers, service, views.admin, death),
  );
  reemits = inLanes([alive], reemitDeaths, (service, point) =>
    dieInReemit(servers, service, views.admin, point),
  );
});
afterAll(() => servers?.stop());

describe('a command is killed', () => {
  test.each(commandDeaths.map((death, index) => ({ ...death, index })))(
    'at $point by $command',
    async ({ index }) => {
      console.log(await commands[index]);
    },
  );
  test.each(reemitDeaths.map((point, index) => ({ point, index })))(
    'at $point in reemit',
    async ({ index }) => {
      console.log(await reemits[index]);
    },
  );
  test('purge', async () => {
    await purge;
  });
  test('all', async () => {
    expect((await reconcile(views.admin, servers.postgres, 60_000)).findings.list).toEqual([]);
  });
});
