// Keeps what landed: events of a landed schema stay in the topics for ever, and code relies on what they hold.
//
//   npm run schemas:check   fails when a schema is not what landed (part of `npm run check`)
//   npm run schemas:land    writes compatible changes and new versions into landed/; refuses the others
//
// A landed schema may be edited in two ways: its words (titles, descriptions), and new optional fields. Everything
// else is a new version: docs/add-an-event.md.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, isDeepStrictEqual } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { land: { type: 'boolean', default: false } },
});
const [contracts = import.meta.dirname] = positionals;
/** Keywords that only people read. */
const words = new Set(['$schema', '$comment', 'title', 'description', 'examples']);

const schemas = readFolder(join(contracts, 'schemas'));
const landed = readFolder(join(contracts, 'landed'));

const refused = [...landed].flatMap(([file, before]) => {
  const now = schemas.get(file);
  if (now === undefined) return [`schemas/${file} is gone, its events are not`];
  return incompatibilities(before, now).map((why) => `schemas/${file}${why}`);
});
const unlanded = [...schemas].filter(([file, now]) => !isDeepStrictEqual(landed.get(file), now));

if (refused.length > 0) {
  console.error(refused.map((line) => `incompatible: ${line}`).join('\n'));
  console.error('Leave the landed version as it was and add a new one: docs/add-an-event.md');
  process.exitCode = 1;
} else if (values.land) {
  mkdirSync(join(contracts, 'landed'), { recursive: true });
  for (const [file] of unlanded) {
    copyFileSync(join(contracts, 'schemas', file), join(contracts, 'landed', file));
    console.log(`landed ${file}`);
  }
} else if (unlanded.length > 0) {
  console.error(unlanded.map(([file]) => `not landed: schemas/${file}`).join('\n'));
  console.error('The change is compatible: run `npm run schemas:land` and commit contracts/landed');
  process.exitCode = 1;
}

/**
 * What of a schema's change breaks either side: `after` must accept all that `before` accepted, and whatever it
 * accepts must hold what `before` promised. So all that may differ is words and new optional properties.
 *
 * @returns a place and what is wrong there, one text each
 */
function incompatibilities(before, after, at = '') {
  if (!isObject(before) || !isObject(after)) {
    if (isDeepStrictEqual(sorted(before), sorted(after))) return [];
    return [`${at}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
  }
  const isProperties = at.endsWith('/properties');
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    if (!isProperties && words.has(key)) return [];
    // Whether a new property is required is for `required` to say.
    if (isProperties && !Object.hasOwn(before, key)) return [];
    return incompatibilities(before[key], after[key], `${at}/${key}`);
  });
}

function readFolder(folder) {
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return new Map(files.map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))]));
}

/** The order of `required`, `enum` and the like says nothing. */
function sorted(value) {
  return Array.isArray(value) ? value.map((one) => JSON.stringify(one)).sort() : value;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
