import { execFileSync } from 'node:child_process';
import { outbox } from './support/run';
import { commands, wordsOf } from './support/verbs';

const paths = commands.map((command) => wordsOf(command).join(' '));

/** What several tests look at is asked for once. */
const answers = new Map<string, ReturnType<typeof outbox>>();
function once(words: string): ReturnType<typeof outbox> {
  const answer = answers.get(words) ?? outbox(words.split(' '));
  answers.set(words, answer);
  return answer;
}

test('these tests know every command', async () => {
  const { out } = await once('completion bash');
  const known = [...out.matchAll(/^ {4}'(.+)'\) next='(?!\w)/gm)].map(([, path]) => path);
  expect(known.sort()).toEqual([...paths].sort());
});

test.each(paths)('%s --help: what it does, its options, the exit codes', async (path) => {
  const { code, out, err } = await once(`${path} --help`);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(new RegExp(`^Usage: outbox ${path} \\[options\\]`));
  if (path !== 'completion') expect(out).toMatch(/--json +for programs/);
  expect(out).toContain('\nExit codes: 0 well, 1 found something');
});

test.each([...new Set(commands.map(([verb = '']) => verb))])(
  '%s is in the list as it calls itself',
  async (verb) => {
    const list = (await once('--help')).out.replaceAll(/\n {16}/g, ' ');
    const { out } = await once(`${verb} --help`);
    const [, itself = ''] = /^Usage: [^\n]*\n\n(.*?)\n\n/s.exec(out) ?? [];
    expect(list).toContain(`  ${verb.padEnd(14)}${itself.replaceAll('\n', ' ')}\n`);
  },
);

test.each(commands)('%s … --jsn: 64, and what was meant', async (...command) => {
  const { code, out, err } = await outbox([...command, '--jsn']);
  const meant = command[0] === 'completion' ? '' : '\\(Did you mean --json\\?\\)\n';
  expect({ code, out }).toEqual({ code: 64, out: '' });
  expect(err).toMatch(
    new RegExp(`^error: unknown option '--jsn'\n${meant}\\(--help says how\\)\n`),
  );
});

test.each([
  [['staus'], 'status'],
  [['reconcil'], 'reconcile'],
  [['dead-leters', 'list'], 'dead-letters'],
  [['consumption', 'rebild'], 'rebuild'],
  [['relay', 'unsendible'], 'unsendable'],
])('%j: 64, and what was meant', async (args, meant) => {
  const { code, out, err } = await outbox(args);
  expect({ code, out }).toEqual({ code: 64, out: '' });
  expect(err).toContain(`(Did you mean ${meant}?)`);
});

test.each([
  [[], /^Usage: outbox/],
  [['consumption'], /^Usage: outbox consumption/],
  [['explain', 'order'], /missing required argument 'id'/],
  [['explain', 'order', 'x'], /^error: x is no id$/m],
  [['explain', 'galaxy', '1'], /^error: galaxy is none of product, order/m],
  [['status', 'now'], /too many arguments/],
  [['reconcile', '--deadline', 'soon'], /--deadline takes seconds, not soon/],
  [['reemit'], /which ones\? For example/],
  [['dead-letters', 'show', '17'], /17 is no topic\/partition@offset/],
  [['dead-letters', 'discard', 'order-events/0@1'], /required option '--reason <text>'/],
  [['consumption', 'resume', '--hold'], /unknown option '--hold'/],
  [['relay', 'skip', 'order:17', '--why', 'x'], /"order:17" is no event id/],
  [['new-history'], /required option '--reason <text>'/],
  [['new-history', '--reason', 'x', '--skip-ids', '-1'], /--skip-ids/],
  [['demo', '--rate', '0'], /--rate must be a number from 0.1 to 500, not "0"/],
  [['new', 'view', 'Not A Name'], /Not A Name is no new name/],
  [['completion', 'tcsh'], /Allowed choices are bash, zsh/],
])('%j is wrong: 64, and nothing is asked', async (args, said) => {
  const { code, out, err } = await outbox(args);
  expect({ code, out }).toEqual({ code: 64, out: '' });
  expect(err).toMatch(said);
});

test('a wrong configuration: 64, in one line', async () => {
  expect(await outbox(['status'], { QUERY_ADMIN_PORT: 'x' })).toMatchObject({
    code: 64,
    err: expect.stringMatching(/^configuration: QUERY_ADMIN_PORT is invalid.*\n$/) as string,
  });
});

const nobody = { QUERY_ADMIN_URL: 'http://127.0.0.1:9' };
const inTerminal = process.platform === 'linux' ? test : test.skip;
inTerminal.each([
  ['a terminal', { TERM: 'xterm-256color' }, true],
  ['a terminal, with NO_COLOR', { TERM: 'xterm-256color', NO_COLOR: '1' }, false],
  ['a terminal that has none', { TERM: 'dumb' }, false],
])('%s: colours %j %s', (_, variables, coloured) => {
  const env = { PATH: process.env.PATH, ...nobody, ...variables };
  const outbox = `${process.execPath} ${require.resolve('../dist/main.js')}`;
  for (const [words, said] of [
    ['status --help', 'Usage:'],
    ['status; true', 'no query service answers'],
  ] as const) {
    const args = ['-qec', `${outbox} ${words}`, '/dev/null'];
    const out = execFileSync('script', args, { env, encoding: 'utf8' });
    expect(out).toContain(said);
    expect(out.includes('\x1b[')).toBe(coloured);
  }
});

test('no colours where a program reads', async () => {
  const variables = { ...nobody, TERM: 'xterm-256color' };
  expect((await outbox(['status', '--help'], variables)).out).not.toContain('\x1b');
  expect((await outbox(['status'], variables)).err).not.toContain('\x1b');
});

test.each([
  ['outbox con', ['consumption']],
  ['outbox relay', ['relay', 'relay-setup']],
  ['outbox dead-letters re', ['redrive']],
  ['outbox dead-letters list --a', ['--all']],
  ['outbox consumption rebuild --', ['--json', '--wait', '--hold', '--accept-truncated', '--help']],
])('bash completes "%s"', async (line, completed) => {
  const script = `${(await once('completion bash')).out}
    COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _outbox; echo "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(out.trim().split(' ')).toEqual(completed);
});
