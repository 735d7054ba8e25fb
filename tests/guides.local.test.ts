import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from 'local/paths';
import { until } from 'local/until';
import { patched, plantedCheckout } from './faults/plants/planted-checkout';
import { LocalStack } from './support/local-stack';

jest.setTimeout(15 * 60_000);

type Block =
  | { readonly kind: 'run'; readonly commands: string }
  /** Commands for the running system, and what the last of them answers. */
  | { readonly kind: 'ask'; readonly commands: string; readonly answer: string }
  | { readonly kind: 'create'; readonly file: string; readonly text: string }
  | { readonly kind: 'replace'; readonly file: string; readonly from: string; readonly to: string };

const fence = '```(\\w+)\\n([^]*?)```';
const step = new RegExp(
  `(?:Create \`([^\`]+)\`:|[Ii]n \`([^\`]+)\`, replace)?\\n\\n${fence}` +
    `(?:\\n\\n(?:with|The last of them answers)\\n\\n${fence})?`,
  'g',
);

/** What a guide tells to do, in its order. @throws when a block says nowhere what to do with it */
function blocksOf(guide: string): Block[] {
  const text = readFileSync(join(checkout, 'docs', guide), 'utf8');
  const blocks = [...text.matchAll(step)].map((match): Block => {
    const [, created, changed, language, first = '', , second] = match;
    if (created !== undefined) return { kind: 'create', file: created, text: first };
    if (changed !== undefined && second !== undefined) {
      return { kind: 'replace', file: changed, from: first.trimEnd(), to: second.trimEnd() };
    }
    if (language === 'sh' && second !== undefined) {
      return { kind: 'ask', commands: first, answer: second };
    }
    if (language === 'sh') return { kind: 'run', commands: first };
    throw new Error(`${guide}: nothing says what to do with ${first}`);
  });
  const fences = text.split('```').length - 1;
  const used = blocks.reduce(
    (count, { kind }) => count + (kind === 'replace' || kind === 'ask' ? 4 : 2),
    0,
  );
  if (fences !== used) throw new Error(`${guide}: ${fences} fences, ${used} of them understood`);
  return blocks;
}

/** @returns what it prints @throws when it fails, with what it printed */
async function run(commands: string, folder: string): Promise<string> {
  const options = { cwd: folder, maxBuffer: 16 << 20 };
  try {
    return (await promisify(execFile)('sh', ['-ec', commands], options)).stdout;
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}

async function follow(block: Block, folder: string): Promise<void> {
  if (block.kind === 'ask') return ask(block, folder);
  if (block.kind === 'run') {
    await run(block.commands, folder);
    return;
  }
  const file = join(folder, block.file);
  if (block.kind === 'create') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, block.text);
    return;
  }
  writeFileSync(file, patched(readFileSync(file, 'utf8'), block));
}

/** Starts the system of that folder and asks it by the same commands, but at its own ports. */
async function ask(
  { commands, answer }: Extract<Block, { kind: 'ask' }>,
  folder: string,
): Promise<void> {
  const stack = await LocalStack.start({ checkout: folder });
  try {
    const here = commands
      .replaceAll('localhost:8080', stack.commands.slice('http://'.length))
      .replaceAll('localhost:8081', stack.queries.slice('http://'.length));
    const lines = here.trim().split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) await run(line, folder);
    // What it asks for may come later on a busy machine.
    await until(async () => {
      expect(JSON.parse(await run(last, folder))).toEqual(JSON.parse(answer));
    }, 60_000);
  } finally {
    await stack.remove();
  }
}

/** The source files of a checkout, with what they say. */
function sourcesOf(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  const enter = (path: string): void => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const name = join(path, entry.name);
      if (entry.isDirectory()) {
        if (!['node_modules', 'dist', '.git', '.local', 'docs'].includes(entry.name)) enter(name);
      } else if (entry.isFile()) files.set(name, readFileSync(join(folder, name), 'base64'));
    }
  };
  enter('');
  return files;
}

/** Each guide, and how many files it may touch. */
const guides: [string, number][] = [
  ['add-an-event.md', 6],
  ['add-a-view.md', 8],
  ['add-an-aggregate.md', 20],
];

/** CI, which has 45 minutes for everything, follows one each day, in turn. */
const today = Math.floor(Date.now() / 86_400_000) % guides.length;
const followed = process.env.CI ? guides.slice(today, today + 1) : guides;

// Side by side: each waits for compilers and servers of its own.
test.concurrent.each(followed)(
  '%s, followed word for word, builds, its tests pass, and it touches at most %i files',
  async (guide, most) => {
    const { folder, remove } = plantedCheckout({ name: 'guide' });
    try {
      const before = sourcesOf(folder);
      for (const block of blocksOf(guide)) await follow(block, folder);
      const touched = [...sourcesOf(folder)].flatMap(([file, text]) =>
        before.get(file) === text ? [] : [file],
      );
      expect({ touched, tooMany: touched.length > most }).toEqual({ touched, tooMany: false });
    } finally {
      remove();
    }
  },
);
