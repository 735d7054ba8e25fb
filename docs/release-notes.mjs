// `node docs/release-notes.mjs 1.0.0` prints what CHANGELOG.md says of that version. It fails when the version is not that of
// package.json, or has no dated heading there.
import { readFileSync } from 'node:fs';

const [tag = ''] = process.argv.slice(2);
const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const { version } = JSON.parse(read('package.json'));
const sections = read('CHANGELOG.md').split(/^## /m);
const section = sections.find((text) => text.startsWith(`[${tag}] - `));

if (tag !== version) fail(`package.json has version ${version}, the tag is ${tag}`);
if (!/^\[[\d.]+\] - \d{4}-\d\d-\d\d\n/.test(section ?? '')) {
  fail(`CHANGELOG.md has no heading "## [${tag}] - <year>-<month>-<day>"`);
}
process.stdout.write(section.slice(section.indexOf('\n')).trim() + '\n');

function fail(why) {
  console.error(why);
  process.exit(1);
}
