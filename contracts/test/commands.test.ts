import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, commandOf, nameCommandsFor } from '../src/commands';

const checkout = join(__dirname, '..', '..');
const scripts: Command['script'][] = [
  'reemit',
  'dead-letters',
  'consumption',
  'status',
  'reconcile',
  'explain',
  'relay',
  'relay-setup',
  'new-history',
];
afterEach(() => nameCommandsFor('npm'));

test.each(scripts)('%s is an npm script, and runs in a container', (script) => {
  const { scripts: known } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(commandOf({ script, args: ['x', '--y'] })).toBe(`npm run ${script} -- x --y`);
  expect(commandOf({ script, args: [] })).toBe(`npm run ${script}`);
  expect(known[script]).toBe(`node cli/bin/outbox.mjs ${script}`);

  nameCommandsFor('compose');
  const [, service = ''] =
    new RegExp(`^docker compose (?:exec|run --rm) (\\S+) outbox ${script} x --y$`).exec(
      commandOf({ script, args: ['x', '--y'] }),
    ) ?? [];
  const compose = readFileSync(join(checkout, 'docker-compose.yml'), 'utf8');
  expect(compose).toMatch(new RegExp(`^  ${service}:$`, 'm'));
});
