import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout } from 'local/paths';
import { patched, plantedCheckout } from './faults/plants/planted-checkout';

jest.setTimeout(15 * 60_000);

type Block =
  | { readonly kind: 'run'; readonly commands: string }
  | { readonly kind: 'create'; readonly file: string; readonly text: string }
  | { readonly kind: 'replace'; readonly file: string; readonly from: string; readonly to: string };

const fence = '```(\\w+)\\n([^]*?)```';
const step = new RegExp(
  `(?:Create \`([^\`]+)\`:|[Ii]n \`([^\`]+)\`, replace)?\\n\\n${fence}(?:\\n\\nwith\\n\\n${fence})?`,
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
    if (language === 'sh') return { kind: 'run', commands: first };
    throw new Error(`${guide}: nothing says what to do with ${first}`);
  });
  const fences = text.split('```').length - 1;
  const used = blocks.reduce((count, { kind }) => count + (kind === 'replace' ? 4 : 2), 0);
  if (fences !== used) throw new Error(`${guide}: ${fences} fences, ${used} of them understood`);
  return blocks;
}

function follow(block: Block, folder: string): void {
  if (block.kind === 'run') {
    execFileSync('sh', ['-ec', block.commands], { cwd: folder, stdio: 'pipe' });
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

test.each(['add-an-event.md', 'add-a-view.md'])(
  '%s, followed word for word, builds and its tests pass',
  (guide) => {
    const { folder, remove } = plantedCheckout({ name: 'guide' });
    try {
      for (const block of blocksOf(guide)) follow(block, folder);
    } finally {
      remove();
    }
  },
);
