import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStackConfig, stackConfigOf } from '../src/config';
import { removePidFile, writePidFile } from '../src/pid-file';
import { runningStack, writeSettings } from '../src/running-stack';

let folder: string;
let run: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-running-'));
  run = join(folder, 'run');
});
afterEach(() => rmSync(folder, { recursive: true }));

const started = (given: NodeJS.ProcessEnv) => readStackConfig({ ...given, LOCAL_DIR: folder });

test('another terminal finds a stack by its folder, with ports, topics and logins of its start', () => {
  writePidFile(run, 'supervisor', process.pid);
  writeSettings(run, started({ DB_PORT: '15432', ORDER_TOPIC: 'sales', RELAY_DB_PASSWORD: 'r' }));
  const found = runningStack(folder);
  expect(found?.directory).toBe(folder);
  expect(found?.environmentFor('RELAY_DB')).toMatchObject({
    DB_PORT: '15432',
    QUERY_ADMIN_PORT: '9081',
    ORDER_TOPIC: 'sales',
    RELAY_DB_PASSWORD: 'r',
  });
  expect(found?.environmentFor('ADMIN')).not.toHaveProperty('RELAY_DB_PASSWORD');
});

test('nobody else of this machine reads its settings, whatever lay there before', () => {
  mkdirSync(run);
  writeFileSync(join(run, 'settings.json'), '{}', { mode: 0o666 });
  writeSettings(run, started({ POSTGRES_PASSWORD: 'secret' }));
  expect(statSync(join(run, 'settings.json')).mode & 0o777).toBe(0o600);
  rmSync(run, { recursive: true });
  writeSettings(run, started({}));
  expect(statSync(run).mode & 0o777).toBe(0o700);
});

test('a stack whose supervisor does not run is none', () => {
  expect(runningStack(folder)).toBeNull();
  writeSettings(run, started({}));
  expect(runningStack(folder)).toBeNull();
  writePidFile(run, 'supervisor', process.pid);
  expect(runningStack(folder)).not.toBeNull();
  removePidFile(run, 'supervisor');
  expect(runningStack(folder)).toBeNull();
});

describe('what the other terminal is given itself', () => {
  const { settings } = readStackConfig({ DB_PORT: '15432', ADMIN_TOKEN: 'theirs' });

  test('does not lead it to another stack', () => {
    const here = { DB_PORT: '1', SERVER_PORT: '2', PORT_OFFSET: '3', POSTGRES_DB: 'other' };
    const { ports, environmentFor } = stackConfigOf(settings, here);
    expect(ports).toMatchObject({ DB_PORT: 15_432, SERVER_PORT: 8080 });
    expect(environmentFor()).toMatchObject({ POSTGRES_DB: 'analytics_db' });
  });

  test('counts where the stack has no say, and for its own token', () => {
    const tokenOf = (here: NodeJS.ProcessEnv) =>
      stackConfigOf(settings, here).environmentFor('ADMIN').ADMIN_TOKEN;
    expect(tokenOf({})).toBe('theirs');
    expect(tokenOf({ ADMIN_TOKEN: 'mine' })).toBe('mine');
    expect(stackConfigOf(settings, { DEMO_TOKEN: 'd' }).environmentFor().DEMO_TOKEN).toBe('d');
  });
});

test('an offset moves every port, and programs get the ports that come of it', () => {
  const { ports, environmentFor, settings } = readStackConfig({
    PORT_OFFSET: '10000',
    DB_PORT: '6000',
  });
  expect(ports).toMatchObject({ SERVER_PORT: 18_080, DB_PORT: 16_000, KAFKA_PORT: 19_092 });
  const again = readStackConfig(environmentFor());
  expect(again.ports).toEqual(ports);
  expect(stackConfigOf(settings, {}).ports).toEqual(ports);
  expect(() => readStackConfig({ PORT_OFFSET: '58000' })).toThrow(
    /PORT_OFFSET lifts .*SERVER_PORT/,
  );
  expect(() => readStackConfig({ PORT_OFFSET: '-1' })).toThrow(/PORT_OFFSET/);
});
