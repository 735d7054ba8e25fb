import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStackConfig } from '../src/config';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-analytics-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a part gets the logins that it needs and no other, by whichever variable they came', () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'from a file\n');
  const { database, environmentFor } = readStackConfig({
    POSTGRES_PASSWORD_FILE: file,
    RELAY_DB_PASSWORD_FILE: file,
    SERVICE_DB_PASSWORD: 'set itself',
  });
  const passwordsIn = (environment: NodeJS.ProcessEnv): Record<string, unknown> =>
    Object.fromEntries(Object.entries(environment).filter(([name]) => name.includes('PASSWORD')));

  expect(database.password).toBe('from a file');
  expect(passwordsIn(environmentFor('SERVICE_DB'))).toEqual({ SERVICE_DB_PASSWORD: 'set itself' });
  // Not as a file as well: both would be an error there.
  expect(passwordsIn(environmentFor('RELAY_DB'))).toEqual({ RELAY_DB_PASSWORD: 'from a file' });
  expect(passwordsIn(environmentFor())).toEqual({});
});
