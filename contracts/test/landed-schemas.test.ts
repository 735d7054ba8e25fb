import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const contracts = join(__dirname, '..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'landed-schemas-'));
  for (const part of ['schemas', 'landed']) {
    cpSync(join(contracts, part), join(folder, part), { recursive: true });
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Schema {
  required: string[];
  properties: Record<string, Record<string, unknown>>;
  [keyword: string]: unknown;
}

const file = 'OrderStatusUpdated.v1.json';

function edit(change: (schema: Schema) => void): void {
  const path = join(folder, 'schemas', file);
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Schema;
  change(schema);
  writeFileSync(path, JSON.stringify(schema));
}

function run(...args: string[]): { code: number | null; said: string } {
  const script = join(contracts, 'landed-schemas.mjs');
  const { status, stdout, stderr } = spawnSync('node', [script, folder, ...args]);
  return { code: status, said: `${stdout.toString()}${stderr.toString()}` };
}

test('schemas that are what landed pass', () => {
  expect(run()).toEqual({ code: 0, said: '' });
});

test.each<[string, (schema: Schema) => void, RegExp]>([
  [
    'a removed field',
    (s) => delete s.properties.placedAt,
    /properties\/placedAt: .* became undefined/,
  ],
  ['a field that is not required any more', (s) => s.required.pop(), /v1\.json\/required: /],
  [
    'a new required field',
    (s) => {
      s.properties.channel = { type: 'string' };
      s.required.push('channel');
    },
    /v1\.json\/required: /,
  ],
  [
    'another type',
    (s) => Object.assign(s.properties.orderId ?? {}, { type: 'string' }),
    /properties\/orderId\/type: "integer" became "string"/,
  ],
  [
    'a narrower range',
    (s) => Object.assign(s.properties.items ?? {}, { maxItems: 100 }),
    /items\/maxItems: 500 became 100/,
  ],
  [
    'a wider range, which consumers do not expect',
    (s) => Object.assign(s.properties.items ?? {}, { maxItems: 501 }),
    /items\/maxItems: 500 became 501/,
  ],
  [
    'one status more',
    (s) => (s.properties.status?.enum as string[]).push('LOST'),
    /properties\/status\/enum: /,
  ],
  [
    'a new rule',
    (s) => Object.assign(s.properties.placedAt ?? {}, { minLength: 1 }),
    /placedAt\/minLength: undefined became 1/,
  ],
  [
    'a field of the items gone',
    (s) => delete (s.properties.items?.items as Schema).properties.quantity,
    /items\/items\/properties\/quantity: /,
  ],
  [
    'unknown fields let in',
    (s) => delete s.additionalProperties,
    /additionalProperties: false became undefined/,
  ],
])('%s is refused, and cannot be landed', (_, change, why) => {
  edit(change);
  for (const args of [[], ['--land']]) {
    const { code, said } = run(...args);
    expect(code).toBe(1);
    expect(said).toMatch(why);
    expect(said).toMatch(/add a new one: docs\/add-an-event.md/);
  }
});

test('a landed version that is deleted is refused', () => {
  rmSync(join(folder, 'schemas', file));
  expect(run()).toMatchObject({
    code: 1,
    said: expect.stringMatching(/is gone, its events are not/) as string,
  });
});

test.each<[string, (schema: Schema) => void]>([
  ['a new optional field', (s) => (s.properties.channel = { type: 'string' })],
  [
    'an optional field of the items',
    (s) => ((s.properties.items?.items as Schema).properties.note = { type: 'string' }),
  ],
  ['other words', (s) => (s.description = 'An order moved on.')],
])('%s is accepted when it is landed', (_, change) => {
  edit(change);
  expect(run()).toMatchObject({
    code: 1,
    said: expect.stringMatching(/run `npm run schemas:land`/) as string,
  });
  expect(run('--land')).toEqual({ code: 0, said: `landed ${file}\n` });
  expect(run()).toEqual({ code: 0, said: '' });
});

test('a new version is landed as it is, and from then on kept', () => {
  cpSync(join(folder, 'schemas', file), join(folder, 'schemas', 'OrderStatusUpdated.v2.json'));
  expect(run()).toMatchObject({ code: 1 });
  expect(run('--land')).toEqual({ code: 0, said: 'landed OrderStatusUpdated.v2.json\n' });
  rmSync(join(folder, 'schemas', 'OrderStatusUpdated.v2.json'));
  expect(run()).toMatchObject({ code: 1 });
});
