import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { type Command, commandOf, nameCommandsFor } from '../src/commands';

const checkout = join(__dirname, '..', '..');
const scripts: Command['script'][] = [
  'reemit',
  'dead-letters',
  'consumption',
  'reconcile',
  'relay',
  'relay-setup',
];
afterEach(() => nameCommandsFor('npm'));

test.each(scripts)('%s is an npm script, and a program of an image', (script) => {
  const { scripts: known } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(commandOf({ script, args: ['x', '--y'] })).toBe(`npm run ${script} -- x --y`);
  expect(commandOf({ script, args: [] })).toBe(`npm run ${script}`);
  const [, program = ''] = / (\S+)\.js$/.exec(known[script] ?? '') ?? [];
  expect(program).not.toBe('');

  nameCommandsFor('compose');
  const [, service = '', file = ''] =
    /^docker compose (?:exec|run --rm) (\S+) node (\S+)\.js x --y$/.exec(
      commandOf({ script, args: ['x', '--y'] }),
    ) ?? [];
  const compose = readFileSync(join(checkout, 'docker-compose.yml'), 'utf8');
  expect(compose).toMatch(new RegExp(`^  ${service}:$`, 'm'));
  // The same program, seen from the folder that the image begins in.
  const folder = service.startsWith('relay-') ? 'debezium' : service;
  expect(normalize(`${folder}/${file}`)).toBe(program);
  expect(existsSync(join(checkout, `${program.replace('/dist/', '/src/')}.ts`))).toBe(true);
});
