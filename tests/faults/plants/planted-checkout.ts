import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from 'local/paths';
import type { Patch, Plant } from './plant';

const notCopied = new Set(['node_modules', '.git', '.local', 'docs']);

/**
 * A copy of this checkout with the plant's changes, which its own `npm start` builds. Dependencies and jars
 * are links to those of this checkout.
 *
 * @throws when a change does not apply exactly once: the code has moved on, the plant has to follow
 */
export function plantedCheckout({ name, patches = [] }: Pick<Plant, 'name' | 'patches'>): {
  readonly folder: string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), `outbox-analytics-plant-${name}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const entry of readdirSync(checkout).filter((entry) => !notCopied.has(entry))) {
      const options = { recursive: true, preserveTimestamps: true, verbatimSymlinks: true };
      cpSync(join(checkout, entry), join(folder, entry), options);
    }
    linkModules(folder);
    symlinkSync(join(checkout, '.local'), join(folder, '.local'));
    for (const patch of patches) {
      const file = join(folder, patch.file);
      writeFileSync(file, patched(readFileSync(file, 'utf8'), patch));
    }
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, remove };
}

/** @throws when the text does not hold exactly once what the patch replaces */
export function patched(text: string, { file, from, to }: Patch): string {
  const pieces = text.split(from);
  if (pieces.length !== 2) throw new Error(`${file} has ${pieces.length - 1} times: ${from}`);
  return pieces.join(to);
}

/** Links of workspaces stay relative: they lead to the copies. */
function linkModules(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  for (const entry of readdirSync(join(checkout, 'node_modules'))) {
    const path = join(checkout, 'node_modules', entry);
    const target = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : path;
    symlinkSync(target, join(folder, 'node_modules', entry));
  }
}
