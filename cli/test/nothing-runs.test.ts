import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npx, outbox } from './support/run';
import { asking } from './support/verbs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-nothing-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Where nobody listens. */
const nowhere = {
  DB_HOST: '127.0.0.1',
  DB_PORT: '9',
  KAFKA_BOOTSTRAP_SERVERS: '127.0.0.1:9',
  CONNECT_URL: 'http://127.0.0.1:9',
  QUERY_ADMIN_URL: 'http://127.0.0.1:9',
  QUERY_ADMIN_URLS: 'http://127.0.0.1:9',
  SERVER_PORT: '9',
  AUTH_MODE: 'none',
  POSTGRES_USER: 'analytics',
  ...Object.fromEntries(
    ['POSTGRES', 'SERVICE_DB', 'RELAY_DB', 'AUDIT_DB'].map((role) => [`${role}_PASSWORD`, 'x']),
  ),
};

const oneLine = /^[^\n]+\n$/;

describe.each(asking.map((args) => [args.join(' '), args] as const))('%s', (_, args) => {
  test('where no system runs: 2, at once, in one line', async () => {
    const began = performance.now();
    const { code, out, err } = await npx([...args, '--dir', folder]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^no npm start runs in \S*outbox-analytics-nothing-\S*\n$/);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('whose system went away: 2, in one line', async () => {
    const { code, err } = await outbox(args, nowhere);
    expect(code).toBe(2);
    expect(err.replace(/^\n/, '')).toMatch(oneLine);
  });
});

test('what is wrong is said before anything is looked for', async () => {
  expect(await npx(['explain', 'order', '--dir', folder])).toMatchObject({ code: 64 });
  expect(await npx(['explain', '--help', '--dir', folder])).toMatchObject({ code: 0 });
});
