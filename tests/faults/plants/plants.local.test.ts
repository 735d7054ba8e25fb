import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from 'local/paths';
import { patched } from './planted-checkout';
import { plants } from './plants';

// The suite against a planted bug takes minutes, and most of them are run on demand alone.
test.each(plants.map(({ name, patches = [] }) => [name, patches] as const))(
  'the plant %s fits the code of today',
  (_, patches) => {
    const texts = new Map<string, string>();
    for (const patch of patches) {
      const text = texts.get(patch.file) ?? readFileSync(join(checkout, patch.file), 'utf8');
      texts.set(patch.file, patched(text, patch));
    }
  },
);
