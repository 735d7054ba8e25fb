import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePorts } from 'local/ports';
import { until } from 'local/until';
import type { ConnectorConfig } from '../src/connect-rest';
import { emitAgain } from '../src/emit-again';
import { readCommandConfig } from '../src/config';
import { Relay } from './support/relay';

const one = '/connectors/outbox-relay';
const config = JSON.parse(
  readFileSync(join(__dirname, '..', 'outbox-relay.json'), 'utf8'),
) as ConnectorConfig;

/** What the keeper and the operator's commands ask Connect: by method and path. */
const asked: string[] = [];
let relay: Relay;
let between: Server;
let proxyPort: number;
let watched: NodeJS.ProcessEnv;

// One chain for all. The tests do to Connect what Strimzi would do; each leaves the relay ready.
beforeAll(async () => {
  relay = await Relay.start();
  between = recording(relay.connect.url).listen(0, '127.0.0.1');
  await once(between, 'listening');
  [proxyPort] = (await freePorts(1)) as [number];
  watched = {
    CONNECTOR_MANAGED_BY: 'strimzi',
    CONNECT_URL: `http://127.0.0.1:${(between.address() as AddressInfo).port}`,
    CONNECT_PROXY_PORT: String(proxyPort),
  };
  await relay.startKeeper(watched);
});

afterAll(async () => {
  between.close();
  await relay.stop();
});

// Whatever a test of this file has done, the keeper and the commands only read.
afterEach(() => {
  expect(asked.filter((request) => !request.startsWith('GET '))).toEqual([]);
});

it('makes the topics, and says that the KafkaConnector is to be applied', async () => {
  await relay.untilNotReady(/^Connect has no connector outbox-relay; apply the KafkaConnector: /);
  await until(
    () => relay.withAdmin((admin) => admin.fetchTopicMetadata({ topics: ['watermarks'] })),
    60_000,
  );
  await relay.rest('PUT', `${one}/config`, config);
  await relay.untilReady();
  await relay.records.start(['order-events']);
  await relay.records.arrival(await relay.write());
});

it('names the settings that differ, and leaves them', async () => {
  await relay.rest('PUT', `${one}/config`, { ...config, 'poll.interval.ms': '7' });
  await relay.untilNotReady(
    /is not that of outbox-relay\.json: poll\.interval\.ms; apply the Kafka/,
  );
  await severalLooks();
  expect(JSON.parse(await relay.rest('GET', `${one}/config`))).toMatchObject({
    'poll.interval.ms': '7',
  });
  await relay.rest('PUT', `${one}/config`, config);
  await relay.untilReady();
});

it('names a failed task and the annotation that restarts it, and does not restart it', async () => {
  await relay.sql('ALTER ROLE relay NOLOGIN');
  try {
    await relay.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'Debezium%'`,
    );
    await relay.untilNotReady(/^task 0 is FAILED: .*strimzi\.io\/restart=includeTasks/, 60_000);
  } finally {
    await relay.sql('ALTER ROLE relay LOGIN');
  }
  await severalLooks();
  expect(await relay.health()).toMatchObject({ restarts: 0, tasks: [{ state: 'FAILED' }] });
  await relay.rest('POST', `${one}/restart?includeTasks=true&onlyFailed=true`);
  await relay.untilReady();
});

it('goes on in the slot of a connector that was deleted and applied again: nothing is missing, nothing comes twice', async () => {
  await relay.rest('DELETE', one);
  const written = [await relay.write()];
  await relay.untilNotReady(/^Connect has no connector/);
  await severalLooks();
  written.push(await relay.write());
  await relay.rest('PUT', `${one}/config`, config);
  await Promise.all(written.map((id) => relay.records.arrival(id)));
  await relay.untilReady();
  expect(relay.records.times(written)).toEqual([1, 1]);
  expect(await relay.health()).toMatchObject({ slotsDropped: 0 });
});

it('refuses operators what would change something at Connect, on both listeners', async () => {
  const ports = [proxyPort, Number(relay.environment.RELAY_KEEPER_PORT)];
  const writes = [
    ['PUT', `${one}/pause`],
    ['PUT', `${one}/stop`],
    ['PUT', `${one}/resume`],
    ['POST', `${one}/restart?includeTasks=true`],
    ['DELETE', `${one}/offsets`],
    ['DELETE', one],
  ] as const;
  for (const port of ports) {
    for (const [method, path] of writes) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
      expect(answer.status).toBe(403);
      expect(await answer.text()).toMatch(
        /Strimzi manages the connector; change its KafkaConnector/,
      );
    }
    expect((await fetch(`http://127.0.0.1:${port}${one}/status`)).status).toBe(200);
  }
  expect(await relay.health()).toMatchObject({ status: 'ready', connector: { state: 'RUNNING' } });
});

it('breaks off a snapshot beside an older slot: the slot is its own to see to', async () => {
  await relay.rest('PUT', `${one}/stop`);
  await relay.sql(
    `INSERT INTO outbox
     SELECT gen_random_uuid(), 'order', 'many', 'OrderCreated', '{}', 'order-events', 1, 1, source_id, NULL, clock_timestamp()
     FROM source, generate_series(1, 100000)`,
  );
  await until(() => relay.rest('DELETE', `${one}/offsets`), 60_000);
  await relay.rest('PUT', `${one}/resume`);
  await until(async () => {
    expect((await relay.health()).slotsDropped).toBeGreaterThan(0);
  }, 60_000);
  // Its task begins again by itself, or has failed: Strimzi's autoRestart.
  const written = await relay.write({ aggregateid: 'after' });
  await until(async () => {
    const { tasks } = await relay.health();
    if (tasks[0]?.state === 'FAILED') {
      await relay.rest('POST', `${one}/restart?includeTasks=true&onlyFailed=true`);
    }
    expect(relay.records.times([written])).toEqual([1]);
  }, 60_000);
  await relay.sql(`DELETE FROM outbox WHERE aggregateid = 'many'`);
  await relay.untilReady(60_000);
});

it('has the outbox emitted again only when a person has stopped the connector and deleted its offsets', async () => {
  const id = await relay.write();
  await relay.records.arrival(id);
  const { keeper, relay: role } = readCommandConfig({ ...relay.environment, ...watched });
  const { connect } = keeper;
  const steps: string[] = [];
  const again = () =>
    emitAgain(
      { connect, relay: role },
      () => Promise.resolve(void steps.push('changed')),
      (step) => steps.push(step),
    );
  await expect(again()).rejects.toThrow(
    /first have it stopped .*"stopped".*connector-offsets=reset/,
  );
  await relay.rest('PUT', `${one}/stop`);
  await expect(again()).rejects.toThrow(/first have it stopped/);
  expect(steps).toEqual([]);
  await until(() => relay.rest('DELETE', `${one}/offsets`), 60_000);
  await again();
  expect(steps).toEqual([
    'dropped the slot relay, if there was one',
    'changed',
    expect.stringMatching(/^resume the connector, .*: kubectl patch .*"running"/),
  ]);
  await relay.rest('PUT', `${one}/resume`);
  await until(() => {
    expect(relay.records.times([id])).toEqual([2]);
    return Promise.resolve();
  }, 60_000);
  await relay.untilReady();
});

/** Until the keeper has asked Connect so often that it would have done what it does. */
async function severalLooks(): Promise<void> {
  const looks = () => asked.filter((request) => request.startsWith('GET /connectors?')).length;
  const before = looks();
  await until(() => {
    expect(looks()).toBeGreaterThan(before + 12);
    return Promise.resolve();
  }, 60_000);
}

/** Hands on what it is asked, and notes it. */
function recording(target: string): Server {
  return createServer((request, response) => {
    const { method = '', url = '' } = request;
    asked.push(`${method} ${url}`);
    const { authorization = '' } = request.headers;
    const headers = { authorization, 'content-type': 'application/json' };
    void fetch(target + url, { method, headers }).then(
      async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(await answer.text());
      },
      () => response.destroy(),
    );
  });
}
