import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkout } from 'local/paths';

const original = join(checkout, 'debezium');
const copies = join(checkout, '.local', 'bench', 'relay');

/**
 * The relay keeper with other settings of the connector, as after an edit of debezium/outbox-relay.json: a
 * copy of its compiled folder, where it finds the same modules.
 *
 * @param settings null takes one out, so that Debezium's default holds
 * @returns its script, from the checkout's root
 */
export function relayVariant(
  name: string,
  settings: Readonly<Record<string, string | null>>,
): string {
  const copy = join(copies, name);
  rmSync(copy, { recursive: true, force: true });
  for (const part of ['dist', 'sql', 'package.json']) {
    cpSync(join(original, part), join(copy, part), { recursive: true });
  }
  const file = 'outbox-relay.json';
  const shipped = JSON.parse(readFileSync(join(original, file), 'utf8')) as Record<string, string>;
  const changed = Object.entries({ ...shipped, ...settings }).filter(([, value]) => value !== null);
  writeFileSync(join(copy, file), JSON.stringify(Object.fromEntries(changed), null, 2));
  return relative(checkout, join(copy, 'dist', 'main.js'));
}
