// Writes src/event-types.ts from schemas/*.json: `npm run generate -w contracts`.
// With --check it only compares, so that `npm run check` fails on a stale file.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';

const schemas = new URL('schemas/', import.meta.url);
const target = new URL('src/event-types.ts', import.meta.url);

const types = [];
/** By event type: its newest version. */
const newest = new Map();
for (const file of readdirSync(schemas).sort()) {
  const [type, version] = file.replace(/\.json$/, '').split('.v');
  if (Number(version) > (newest.get(type) ?? 0)) newest.set(type, Number(version));
  const schema = JSON.parse(readFileSync(new URL(file, schemas), 'utf8'));
  types.push(
    await compile(schema, schema.title, {
      bannerComment: '',
      ignoreMinAndMaxItems: true,
      declareExternallyReferenced: true,
      style: { singleQuote: true, printWidth: 100 },
    }),
  );
}
// Both order events declare the same item type: one declaration is enough.
const item = /export interface OrderItemV1 \{[^}]*\}\n/g;
let seen = false;
const text = types.join('\n').replace(item, (match) => (seen ? '' : ((seen = true), match)));

const perType = (line) => [...newest].map(line).join('\n');
const generated = `// Generated from schemas/ by generate-types.mjs. Do not edit.

${text.replace(/\n{3,}/g, '\n\n')}
/**
 * The payload that the code of this version writes and reads, by event type: that of its newest schema.
 */
export interface EventPayloads {
${perType(([type, version]) => `  ${type}: ${type}V${version};`)}
}

/**
 * The schema version that is written today. Older ones are upcast on reading.
 */
export const currentVersion: Record<keyof EventPayloads, number> = {
${perType(([type, version]) => `  ${type}: ${version},`)}
};
`;

if (!process.argv.includes('--check')) {
  writeFileSync(target, generated);
} else if (readFileSync(target, 'utf8') !== generated) {
  console.error('contracts/src/event-types.ts is stale: run `npm run generate -w contracts`');
  process.exit(1);
}
