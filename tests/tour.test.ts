import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'local/until';
import { Stack } from './support/stack';

jest.setTimeout(300_000);

interface Example {
  readonly command: string;
  readonly answer: string;
}

/** The stack's ports by the ones that the pages name. */
const portsOf = ({ ports }: Stack): [string, number][] => [
  ['8080', ports.SERVER_PORT],
  ['8081', ports.QUERY_SERVER_PORT],
  ['8083', ports.CONNECT_PORT],
  ['8084', ports.RELAY_KEEPER_PORT],
  ['9081', ports.QUERY_ADMIN_PORT],
];

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.remove());

// In this order, on one stack: the tour goes on where the README has stopped.
test.each([
  ['README.md', 3],
  ['docs/tour.md', 26],
])('every console example of %s gives the answer that stands below it', async (page, count) => {
  const examples = readExamples(page);
  expect(examples).toHaveLength(count);

  for (const { command, answer } of examples) {
    // A view shows a command a few milliseconds after its answer; a restarted task takes seconds.
    const isRead = !/ -X /.test(command);
    await until(
      () => expect(withoutTimes(run(command))).toEqual(withoutTimes(answer)),
      isRead ? 60_000 : 0,
    );
  }
});

/** `$ command` lines with what follows them, in the console blocks of a page. */
function readExamples(page: string): Example[] {
  const text = readFileSync(join(__dirname, '..', page), 'utf8');
  const blocks = [...text.matchAll(/```console\n(.*?)```/gs)].map(([, inner = '']) => inner);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((example) => {
        const [command = '', ...answer] = example.split('\n');
        return { command, answer: answer.join('\n').trim() };
      }),
  );
}

/** Runs a command of a page against this stack; the answer is as on the default ports. */
function run(command: string): string {
  const ports = portsOf(stack);
  const here = ports.reduce(
    (text, [port, ours]) => text.replace(`:${port}/`, `:${ours}/`),
    command,
  );
  const answer = execFileSync('sh', ['-c', here], { encoding: 'utf8' }).trim();
  return ports.reduce(
    (text, [port, ours]) => text.replaceAll(`127.0.0.1:${ours}`, `127.0.0.1:${port}`),
    answer,
  );
}

/**
 * Instants and running numbers differ from run to run, the worker's address from way to way. The keeper
 * looks at the outbox once a minute: what it shows is how far the walk was then.
 */
function withoutTimes(text: string): string {
  return text
    .replaceAll(/"worker_id":"[^"]+"/g, '"worker_id":"<worker>"')
    .replaceAll(/"outbox":\{"rows":[^}]+\}/g, '"outbox":{<rows>}')
    .replaceAll(/(?!2026-02-27)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replaceAll(/"(retainedBytes|secondsSince\w+)":[\d.]+/g, '"$1":<number>');
}
