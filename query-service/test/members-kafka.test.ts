import { startTemporaryBroker, type TemporaryBroker } from '../../local/test/support/temporary';
import { projectionVersion, definition } from '../src/views/views';
import type { Definition } from '../src/views/view';
import { item, order, product, type TestEvent } from './support/events';
import { homes, homesIn, keepHomesIn } from './support/homes';
import { connectTo, topics, type TestCluster } from './support/kafka';
import { startProcess, type ServiceProcess } from './support/process';
import { eventually, forget, startService, type TestService } from './support/service';
import { runCommand } from './support/command';
import { startViewsServer, type ViewsServer } from './support/views-database';

jest.setTimeout(240_000);

let broker: TemporaryBroker;
let server: ViewsServer;
let cluster: TestCluster;
let group = 0;
beforeAll(async () => {
  [broker, server] = await Promise.all([startTemporaryBroker(), startViewsServer()]);
  cluster = await connectTo(broker.bootstrapServers);
  keepHomesIn(homesIn(server));
});
afterAll(async () => {
  keepHomesIn(null);
  await cluster.disconnect();
  await Promise.all([broker.stop(), server.stop()]);
});
beforeEach(async () => {
  group++;
  await eventually(() => cluster.createTopics(6));
});
afterEach(() => eventually(() => cluster.deleteTopics()));

const sale = (id: number, version = 1, status = 'CREATED'): TestEvent =>
  order(id, [item(1, 1, '1.00')], { version, status });

describe('three processes in one group', () => {
  const running: ServiceProcess[] = [];
  const start = async (): Promise<ServiceProcess> => {
    const { host, port, database, user, password } = server;
    const url = `postgresql://${user}:${password}@${host}:${port}/${database}`;
    const member = await startProcess(broker.bootstrapServers, '', String(running.length), '', {
      ...{ VIEW_STORE: 'postgres', VIEWS_DATABASE_URL: url },
      KAFKA_STREAMS_APP_ID: `processes-${group}`,
    });
    running.push(member);
    return member;
  };
  afterEach(() => Promise.all(running.splice(0).map((member) => member.stop())));

  const salesOf = async ({ url }: ServiceProcess): Promise<unknown> => {
    const answer = await fetch(`${url}/api/analytics/products/1/sales`);
    return ((await answer.json()) as { totalSales?: number }).totalSales;
  };
  const isReady = async ({ url }: ServiceProcess): Promise<void> => {
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  };
  const membersOfGroup = async (): Promise<number> => {
    const { groups } = await cluster.admin.describeGroups([`processes-${group}-members`]);
    return groups[0]?.members.length ?? 0;
  };

  test('count each event once while one is frozen past its session, one is killed and one joins; each answers for all', async () => {
    const [first, second, third] = [await start(), await start(), await start()];
    await cluster.relay(product(1, 'A'));
    let sold = 0;
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        const chunk = Array.from({ length: 50 }, () => sale(++sold));
        // Again, as a relay that has lost its place does.
        await cluster.relay(...chunk, ...chunk.slice(0, 5));
      }
    })();
    await eventually(async () => expect(await membersOfGroup()).toBe(3), 60_000);

    second.signal('SIGSTOP');
    await eventually(async () => expect(await membersOfGroup()).toBe(2), 60_000);
    const before = sold;
    await eventually(async () => expect(await salesOf(first)).toBeGreaterThan(before), 60_000);
    // It goes on with what it had taken of partitions that others read by now.
    second.signal('SIGCONT');
    await third.stop();
    const fourth = await start();
    await eventually(async () => expect(await membersOfGroup()).toBe(3), 60_000);
    isOver = true;
    await load;

    const allSold = new Date().toISOString();
    for (const member of [first, second, fourth]) {
      await eventually(async () => expect(await salesOf(member)).toBe(sold), 60_000);
      await eventually(() => isReady(member), 60_000);
      await eventually(async () => {
        // One comes every second.
        await cluster.relayWatermark(new Date().toISOString());
        const { headers } = await fetch(`${member.url}/health/ready`);
        expect((headers.get('As-Of') ?? '') > allSold).toBe(true);
      });
    }
  });
});

describe('two members', () => {
  const members: TestService[] = [];
  const join = async (as: Definition = definition): Promise<TestService> => {
    const folder = members[0]?.folder;
    const member = await startService({
      bootstrapServers: broker.bootstrapServers,
      groupId: `two-${group}`,
      ...(folder !== undefined && { folder }),
      definition: as,
    });
    members.push(member);
    return member;
  };
  afterEach(async () => {
    const folder = members[0]?.folder ?? '';
    for (const member of members.splice(0)) await member.stop();
    await forget(folder);
  });

  const shows = (member: TestService, totalSales: number): Promise<void> =>
    eventually(async () => {
      const { body } = await member.get('/api/analytics/products/1/sales');
      expect(body).toEqual({ productId: 1, totalSales });
    }, 60_000);
  const saysState = (member: TestService, state: string): Promise<void> =>
    eventually(async () => {
      const { headers } = await member.get('/api/analytics/products/1/sales');
      expect(headers.get('Views-State')).toBe(state);
    }, 60_000);
  const command = (member: TestService, ...args: string[]) =>
    runCommand('consumption', member.adminUrl, args);

  test('show the same: what is parked, discarded, in doubt, rewound, rebuilt and rolled back by one is so for the other', async () => {
    const [one, other] = [await join(), await join()];
    await cluster.relay(product(1, 'A'), sale(1), sale(2), { ...sale(3), value: 'poison' });
    for (const member of [one, other]) {
      await shows(member, 2);
      await saysState(member, 'incomplete');
    }
    const [letter] = (await one.admin('GET', '/dead-letters')).body as { record: string }[];
    await other.admin('POST', `/dead-letters/${letter?.record}/discard`, { reason: 'a test' });
    for (const member of [one, other]) await saysState(member, 'current');

    expect(await command(one, 'resume')).toMatchObject({ code: 0 });
    for (const member of [one, other]) await saysState(member, 'incomplete');
    const { unverified } = (await other.admin('GET', '/consumption')).body as {
      unverified: string;
    };
    expect(unverified).toMatch(/`resume` has read the topics anew/);
    // It opens the views anew after the other one's `resume`: until then it has no token.
    await eventually(() => other.replica.verified(other.replica.doubtToken ?? ''));
    for (const member of [one, other]) await saysState(member, 'current');

    const before = await one.databaseFile();
    expect(await command(one, 'rebuild', '--wait')).toMatchObject({ code: 0 });
    const after = await one.databaseFile();
    expect(after).not.toBe(before);
    const serves = async (file: string): Promise<void> => {
      for (const member of [one, other]) {
        await eventually(async () => {
          const { body } = await member.admin('GET', '/consumption');
          expect(body).toMatchObject({ file, notReady: [] });
        }, 60_000);
      }
    };
    await serves(after);
    await cluster.relay(sale(4));
    for (const member of [one, other]) await shows(member, 3);

    expect(await command(other, 'rollback', '--wait')).toMatchObject({ code: 0 });
    await serves(before);
    await cluster.relay(sale(5));
    for (const member of [one, other]) await shows(member, 4);
  });

  test('read again what their database has lost, and do not say meanwhile that it is there', async () => {
    const [one, other] = [await join(), await join()];
    await cluster.relay(product(1, 'A'), sale(1), sale(2));
    await cluster.relayWatermark('2026-02-27T09:00:01.000Z');
    for (const member of [one, other]) {
      await shows(member, 2);
      await eventually(async () => {
        const { headers } = await member.get('/health/ready');
        expect(headers.get('As-Of')).toBe('2026-02-27T09:00:01.000Z');
      });
    }
    // As a standby that has taken over without the last transactions.
    await homes().change(
      one.folder,
      await one.databaseFile(),
      `DELETE FROM progress; DELETE FROM position; DELETE FROM order_state; DELETE FROM product_state;
       DELETE FROM product_sales; DELETE FROM hourly_sales; DELETE FROM orders_by_status;
       DELETE FROM customer_totals; DELETE FROM product_revenue; DELETE FROM product_name`,
    );
    for (const member of [one, other]) {
      await eventually(async () => {
        expect(member.log.join('')).toMatch(/the database has lost what it had confirmed/);
        const { headers } = await member.get('/health/ready');
        // Not known any more until the next watermark.
        expect(headers.get('As-Of')).toBeNull();
      });
      await shows(member, 2);
    }
  });

  test('go on with a rebuild whose member has died', async () => {
    const [one, other] = [await join(), await join()];
    await cluster.relay(product(1, 'A'), sale(1));
    await shows(other, 1);
    expect(await command(one, 'rebuild', '--hold', '--wait')).toMatchObject({ code: 0 });
    expect((await command(other, 'rebuild')).err).toMatch(/another member runs a rebuild/);
    const folder = one.folder;
    await one.stop();
    members.shift();
    expect(other.folder).toBe(folder);

    await eventually(async () => {
      const { body } = await other.admin('GET', '/consumption');
      expect(body).toMatchObject({ rebuild: { state: 'ready', held: true } });
    }, 60_000);
    expect(await command(other, 'swap', '--wait')).toMatchObject({ code: 0 });
    await shows(other, 1);
  });

  test('of two versions: the older one goes on until the newer has filled views of its own, and says then that they are newer', async () => {
    const older = await join();
    await cluster.relay(product(1, 'A'), sale(1));
    await shows(older, 1);
    const before = await older.databaseFile();
    const newer = await join({ ...definition, version: projectionVersion + 1 });
    await eventually(async () => expect(await newer.databaseFile()).not.toBe(before), 60_000);
    await cluster.relay(sale(2));
    await shows(newer, 2);
    await eventually(async () => {
      const { status, body } = await older.get('/health/ready');
      expect(status).toBe(503);
      expect(JSON.stringify(body)).toMatch(/newer than this program's/);
    }, 60_000);
    // It reads on after the swap, and begins with how far the others had read.
    await eventually(async () => {
      expect(await newer.get('/health/ready')).toMatchObject({ status: 200 });
    }, 60_000);
  });

  test('refuse topics that have got more partitions, and say that a rebuild is the way on', async () => {
    const [one, other] = [await join(), await join()];
    await cluster.relay(product(1, 'A'), sale(1), sale(2));
    for (const member of [one, other]) await shows(member, 2);
    await cluster.admin.createPartitions({ topicPartitions: [{ topic: topics.order, count: 8 }] });
    for (const member of [one, other]) {
      await saysState(member, 'untrusted');
      const { body } = await member.get('/health/ready');
      expect(JSON.stringify(body)).toMatch(
        /order-events has 8 partitions, these views were made from 6.*consumption -- rebuild/,
      );
    }
    // Others of their events are in another partition than these.
    await eventually(() => cluster.relay(...[1, 2].map((id) => sale(id, 2, 'SHIPPED'))));
    expect(await command(one, 'rebuild', '--wait')).toMatchObject({ code: 0 });
    await eventually(() => cluster.relay(sale(3), sale(4)));
    for (const member of [one, other]) await shows(member, 4);
    // Their next events are in other partitions than those that the views have them of.
    await cluster.relay(...[1, 2, 3, 4].map((id) => sale(id, 3, 'CANCELLED')));
    for (const member of [one, other]) await shows(member, 0);
  });
});
